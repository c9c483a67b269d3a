using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Optim;

/// <summary>A few parameters of odd shapes with references beside them.</summary>
internal sealed class OptimizerFixture
{
    private static readonly long[][] Shapes = [[37], [3, 5], [], [4, 1, 9], [130]];

    public OptimizerFixture(ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        Parameters = [.. Shapes.Select(shape => nn.Parameter(randn(shape, dtype: dtype, device: device)))];
        References = [.. Parameters.Select(static p => new Reference(Values(p)))];
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<Reference> References { get; }

    public static double[] Values(Tensor tensor) => [.. tensor.detach().to(float64, CPU).flatten().data<double>()];

    /// <summary>Gives all parameters but those in <paramref name="without"/> fresh gradients, multiplied by a scale.</summary>
    /// <returns>The gradients before scaling; null where there is none.</returns>
    public double[]?[] SetGradients(int[]? without = null, float scale = 1)
        => [.. Parameters.Select((parameter, i) =>
        {
            if (without?.Contains(i) == true)
            {
                parameter.grad = null;
                return null;
            }

            var gradient = randn_like(parameter, requires_grad: false);
            parameter.grad = gradient * scale;
            return Values(gradient);
        })];

    public void AssertEqual(double tolerance = 2e-6)
    {
        for (var i = 0; i < Parameters.Count; i++)
        {
            var actual = Values(Parameters[i]);
            for (var j = 0; j < actual.Length; j++)
            {
                var expected = References[i].Weights[j];
                Assert.Equal(expected, actual[j], tolerance * Math.Max(1, Math.Abs(expected)));
            }
        }
    }
}
