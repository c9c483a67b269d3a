using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.FusedOperations;

/// <summary>Compares an operation and its gradients with plain operations in float64, on fresh random inputs.</summary>
internal static class FusedReference
{
    /// <param name="where">Where the operation runs.</param>
    /// <param name="dtype">What its values are.</param>
    /// <param name="parameters">What its parameters are (all inputs but the first <paramref name="values"/>).</param>
    /// <param name="values">How many of the shapes are values.</param>
    /// <param name="operation">The operation under test.</param>
    /// <param name="reference">The same in plain operations.</param>
    /// <param name="shapes">The inputs' shapes.</param>
    public static void Compare(
        Device where, ScalarType dtype, ScalarType parameters, int values, Func<Tensor[], Tensor[]> operation,
        Func<Tensor[], Tensor[]> reference, params long[][] shapes)
    {
        using var scope = NewDisposeScope();
        var seed = Random.Shared.Next();
        manual_seed(seed);
        var inputs = shapes.Select((shape, i) => randn(shape).to(i < values ? dtype : parameters)).ToList();
        var own = inputs.Select(input => input.to(where, copy: true).requires_grad_()).ToArray();
        var exact = inputs.Select(static input => input.to(ScalarType.Float64).requires_grad_()).ToArray();
        var results = operation(own);
        var expected = reference(exact);
        var gradients = results.Select(static result => randn(result.shape).to(result.dtype)).ToArray();
        autograd.backward(results, [.. gradients.Select(gradient => gradient.to(where))]);
        autograd.backward(expected, [.. gradients.Select(static gradient => gradient.to(ScalarType.Float64))]);
        var tolerance = dtype switch { ScalarType.BFloat16 => 1e-2, ScalarType.Float16 => 1.5e-3, _ => 1e-5 };
        for (var i = 0; i < results.Length; i++)
        {
            Close(results[i], expected[i], $"result {i}");
        }

        for (var i = 0; i < own.Length; i++)
        {
            Assert.Equal(own[i].dtype, own[i].grad!.dtype);
            Close(own[i].grad!, exact[i].grad!, $"gradient of input {i}");
        }

        void Close(Tensor actual, Tensor expected, string what)
        {
            Assert.Equal(expected.shape, actual.shape);
            var difference = actual.detach().cpu().to(ScalarType.Float64) - expected.detach();
            var error = difference.norm().item<double>() / expected.detach().norm().item<double>();
            Assert.True(error <= tolerance, $"{what} in {dtype} is off by {error:G3}, seed {seed}");
        }
    }
}
