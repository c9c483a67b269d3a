using System.Globalization;
using System.Text.Json.Nodes;
using Precision.Runtime.Tests.CompilerServices;
using TorchSharp;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Cuda;

/// <summary>
/// Attention in a generated region against PyTorch's own autocast, from the same parameters and inputs. eng/gpu/attention.sh makes
/// the reference on a GPU host and runs these tests there.
/// </summary>
public sealed class PyTorchAutocastTests(ITestOutputHelper output)
{
    private const string Variable = "PRECISION_PYTORCH_ATTENTION";

    /// <summary>One rounding of the compute dtype, relative to the largest gradient: where two float32 sums end on two sides of one.</summary>
    private static double Rounding(Dtype dtype) => dtype is Dtype.Float16 ? Math.Pow(2, -10) : Math.Pow(2, -7);

    [SkippableTheory]
    [InlineData(Dtype.Float16)]
    [InlineData(Dtype.BFloat16)]
    public void Result_and_gradients_are_those_of_PyTorchs_autocast(Dtype dtype)
    {
        var path = Environment.GetEnvironmentVariable(Variable);
        Skip.If(path is null, $"{Variable} names no reference: eng/gpu/attention.sh makes one.");
        var device = Infrastructure.Cuda.Require();
        var reference = JsonNode.Parse(File.ReadAllText(path))!["runs"]![dtype.ToString()]!;
        using var scope = NewDisposeScope();
        using var model = new Attention { PrecisionPolicy = new PrecisionPolicy(dtype) };
        using (no_grad())
        {
            foreach (var (name, parameter) in model.named_parameters())
            {
                parameter.copy_(Read(reference["parameters"]![name]!, CPU));
            }
        }

        model.to(device);
        // The product casts the weights to the dtype again: only they themselves show that the softmax was float32's.
        Assert.Equal("float32", reference["dtype of weights"]!.GetValue<string>());
        model.Seen = weights =>
        {
            Assert.Equal(ScalarType.Float32, weights.dtype);
            var difference = Difference(weights, Tensor("weights"));
            var rounded = Difference(weights.to(dtype is Dtype.Float16 ? ScalarType.Float16 : ScalarType.BFloat16).to(ScalarType.Float32), Tensor("weights"));
            output.WriteLine($"{dtype}: weights differ by {Text(difference)} of the largest; rounded to {dtype} they would by {Text(rounded)}");
            Assert.True(difference <= Math.Min(1e-6, rounded / 10), $"The attention weights differ by {Text(difference)}.");
        };
        var result = model.call(Tensor("x"));
        var difference = Difference(result, Tensor("result"));
        output.WriteLine($"{dtype}: result differs by {Text(difference)} of its largest value");
        Assert.True(difference <= 1e-5, $"The result differs by {Text(difference)}.");

        (result * Tensor("factor")).sum().backward();
        foreach (var (name, parameter) in model.named_parameters())
        {
            var gradient = Difference(parameter.grad!, Read(reference["gradients"]![name]!, device));
            output.WriteLine($"{dtype}: gradient of {name} differs by {Text(gradient)}");
            Assert.True(gradient <= Rounding(dtype), $"The gradient of {name} differs by {Text(gradient)}.");
        }

        Tensor Tensor(string name) => Read(reference["tensors"]![name]!, device);
    }

    /// <summary>The largest difference, relative to the largest value of the second.</summary>
    private static double Difference(Tensor left, Tensor right) => ((left - right).abs().max() / right.abs().max()).ToDouble();

    private static Tensor Read(JsonNode node, Device device)
        => tensor(
            node["values"]!.AsArray().Select(static value => (float)value!.GetValue<double>()).ToArray(),
            node["shape"]!.AsArray().Select(static size => size!.GetValue<long>()).ToArray(),
            device: device);

    private static string Text(double value) => value.ToString("0.##e+0", CultureInfo.InvariantCulture);
}
