using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

public static partial class Fused
{
    /// <summary>
    /// GELU (by the error function) of a linear layer's result and its bias: <c>gelu(input + bias)</c>. Going back, the gradient of the
    /// bias is summed on the way.
    /// </summary>
    /// <param name="input">(*, columns): the result of a linear layer without its bias.</param>
    /// <param name="bias">(columns).</param>
    /// <returns>As <paramref name="input"/>, in the region's dtype or the input's.</returns>
    /// <exception cref="ArgumentException">Shapes that do not fit.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static Tensor bias_gelu(Tensor input, Tensor bias)
    {
        CheckInput(input);
        ArgumentNullException.ThrowIfNull(bias);
        CheckParameter(bias, input, nameof(bias));
        var dtype = ComputeDtype(input);
        input = Cast(input, dtype);
        if (!UsesKernels(input, dtype, input.shape[^1]))
        {
            var sum = Sum(input, Cast(bias, dtype));
            return Lifetime.After(nn.functional.gelu(sum), sum);
        }

        Tensor values, biases, output;
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            values = Dense(input.detach());
            biases = AsParameter(bias, dtype)!;
            output = empty_like(values);
            var (rows, vectors) = Extent(values);
            var (grid, block) = ColumnGrid(rows, vectors);
            var arguments = new KernelArguments();
            arguments.Add(values);
            arguments.Add(biases);
            arguments.Add(IsFloat32(biases));
            arguments.Add(output);
            arguments.Add(rows);
            arguments.Add((int)vectors);
            FusedKernels.Launch(values, "columns.cu", "", "bias_gelu_forward", grid, block, 0, arguments);
            scope.MoveToOuter(values, biases, output);
        }

        if (!AutogradNode.IsNeeded(input, bias))
        {
            return output;
        }

        var biasDtype = bias.dtype;
        return AutogradNode.Record(
            [input, bias],
            [output],
            [values, biases],
            (gradients, saved) => GeluGradients(gradients[0]!, saved[0], saved[1], biasDtype))[0];
    }

    private static Tensor?[] GeluGradients(Tensor outputGradient, Tensor values, Tensor biases, ScalarType biasDtype)
    {
        var incoming = Dense(outputGradient);
        var gradient = empty_like(values);
        var (rows, vectors) = Extent(values);
        var (grid, block) = ColumnGrid(rows, vectors);
        var partial = empty([grid.Y, vectors * VectorSize], dtype: ScalarType.Float32, device: values.device);
        var arguments = new KernelArguments();
        arguments.Add(incoming);
        arguments.Add(values);
        arguments.Add(biases);
        arguments.Add(IsFloat32(biases));
        arguments.Add(gradient);
        arguments.Add(partial);
        arguments.Add(rows);
        arguments.Add((int)vectors);
        FusedKernels.Launch(values, "columns.cu", "", "bias_gelu_backward", grid, block, 0, arguments);
        var biasGradient = NewSum(values, partial.shape[1], biasDtype);
        AddPartial(values, partial, partial.shape[1], [biasGradient]);
        return [gradient, biasGradient];
    }

    /// <summary>Rows, and vectors of columns.</summary>
    private static (long Rows, long Vectors) Extent(Tensor values)
        => (values.numel() / values.shape[^1], values.shape[^1] / VectorSize);
}
