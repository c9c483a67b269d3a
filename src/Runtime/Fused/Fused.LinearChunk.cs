using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

public static partial class Fused
{
    private const int MostChunks = 4;

    /// <summary>
    /// A linear layer whose result is taken apart along its columns, as query, key and value are:
    /// <c>linear(input, weight, bias).chunk(chunks, -1)</c>. Going back, the parts are joined and the bias's gradient summed in one
    /// pass.
    /// </summary>
    /// <param name="input">(*, in features).</param>
    /// <param name="weight">(out features, in features).</param>
    /// <param name="bias">(out features).</param>
    /// <param name="chunks">How many parts; divides the out features.</param>
    /// <returns>Each (*, out features / chunks), views of one tensor, in the region's dtype or the input's.</returns>
    /// <exception cref="ArgumentException">Shapes that do not fit.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static Tensor[] linear_chunk(Tensor input, Tensor weight, Tensor bias, int chunks)
    {
        CheckInput(input);
        Tensors.Check(weight, nameof(weight));
        Tensors.Check(bias, nameof(bias));
        if (weight.dim() != 2 || weight.shape[1] != input.shape[^1] || bias.dim() != 1 || bias.shape[0] != weight.shape[0])
        {
            throw new ArgumentException(
                $"The shapes do not fit: 'input' [{string.Join(", ", input.shape)}], 'weight' [{string.Join(", ", weight.shape)}], 'bias' "
                + $"[{string.Join(", ", bias.shape)}]. They must be [*, in], [out, in] and [out].",
                nameof(weight));
        }

        if (chunks < 1 || weight.shape[0] % chunks != 0)
        {
            throw new ArgumentException($"{chunks} chunks do not divide the {weight.shape[0]} columns of the result.", nameof(chunks));
        }

        var dtype = ComputeDtype(input);
        var width = weight.shape[0] / chunks;
        input = Cast(input, dtype);
        if (!UsesKernels(input, dtype, width) || chunks > MostChunks || !AutogradNode.IsNeeded(input, weight, bias))
        {
            (weight, bias) = (Cast(weight, dtype), Cast(bias, dtype));
            var joined = Lifetime.After(nn.functional.linear(input, weight, bias), input, weight, bias);
            return Lifetime.After(joined.chunk(chunks, -1), joined);
        }

        Tensor values, weights;
        Tensor[] parts;
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            values = input.detach().reshape(-1, input.shape[^1]);
            weights = Cast(weight.detach(), dtype);
            var result = addmm(Cast(bias.detach(), dtype), values, weights.t(), 1, 1).view([.. input.shape[..^1], weight.shape[0]]);
            parts = result.chunk(chunks, -1);
            scope.MoveToOuter([values, weights, .. parts]);
        }

        var shape = input.shape;
        var biasDtype = bias.dtype;
        return AutogradNode.Record(
            [input, weight, bias],
            parts,
            [values, weights],
            (gradients, saved) =>
            {
                var joined = Join(gradients, saved[0], width, biasDtype, out var biasGradient);
                return [joined.mm(saved[1]).view(shape), joined.t().mm(saved[0]), biasGradient];
            });
    }

    private static Tensor Join(Tensor?[] parts, Tensor like, long width, ScalarType biasDtype, out Tensor biasGradient)
    {
        var rows = like.shape[0];
        var vectors = parts.Length * width / VectorSize;
        var (grid, block) = ColumnGrid(rows, vectors);
        var joined = empty([rows, parts.Length * width], dtype: like.dtype, device: like.device);
        var partial = empty([grid.Y, parts.Length * width], dtype: ScalarType.Float32, device: like.device);
        var arguments = new KernelArguments();
        for (var i = 0; i < MostChunks; i++)
        {
            arguments.Add(i < parts.Length ? Dense(parts[i]) : null);
        }

        arguments.Add(joined);
        arguments.Add(partial);
        arguments.Add(rows);
        arguments.Add((int)vectors);
        arguments.Add((int)(width / VectorSize));
        FusedKernels.Launch(like, "columns.cu", "", "join_columns", grid, block, 0, arguments);
        biasGradient = NewSum(like, partial.shape[1], biasDtype);
        AddPartial(like, partial, partial.shape[1], [biasGradient]);
        return joined;
    }
}
