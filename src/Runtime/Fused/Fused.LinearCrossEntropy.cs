using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

public static partial class Fused
{
    /// <summary>The most bytes of logits that are held at once where the caller does not say.</summary>
    private const long LogitsBytes = 2L << 30;

    /// <summary>The kernel's GRADIENT_FACTOR for Float16.</summary>
    private const double Float16GradientFactor = 256;

    /// <summary>
    /// The mean cross entropy of a language model's head: <c>cross_entropy(linear(input, weight), target)</c>. The logits are 16-bit
    /// matrix products with float32 accumulation, the softmax and the loss float32; the gradients are computed going forward, over the
    /// logits themselves and some rows at a time, so that nothing of the logits' size is kept.
    /// </summary>
    /// <param name="input">(*, features).</param>
    /// <param name="weight">(classes, features).</param>
    /// <param name="target">Int64, as <paramref name="input"/> without the last dimension: the class of each row.</param>
    /// <param name="ignore_index">Rows with this target count for nothing.</param>
    /// <param name="chunk_size">How many rows' logits to hold at once; null = as many as fit in 2 GiB.</param>
    /// <returns>One Float32 number; NaN where every row is ignored, or where a target names no class.</returns>
    /// <exception cref="ArgumentException">Shapes that do not fit, or a target of another dtype.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="chunk_size"/> is below 1.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static Tensor linear_cross_entropy(
        Tensor input, Tensor weight, Tensor target, long ignore_index = -100, long? chunk_size = null)
    {
        CheckInput(input);
        Tensors.Check(weight, nameof(weight));
        Tensors.Check(target, nameof(target));
        if (weight.dim() != 2 || weight.shape[1] != input.shape[^1] || !target.shape.SequenceEqual(input.shape[..^1]))
        {
            throw new ArgumentException(
                $"The shapes do not fit: 'input' [{string.Join(", ", input.shape)}], 'weight' [{string.Join(", ", weight.shape)}], 'target' "
                + $"[{string.Join(", ", target.shape)}]. They must be [*, features], [classes, features] and [*].",
                nameof(weight));
        }

        CheckTarget(target, input);
        if (chunk_size is { } size)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(chunk_size));
        }

        var dtype = ComputeDtype(input);
        using var scope = NewDisposeScope();
        var values = Cast(input, dtype).reshape(-1, input.shape[^1]);
        var classes = target.reshape(-1);
        var loss = UsesKernels(input, dtype, weight.shape[0])
            ? LossByKernels(values, weight, Dense(classes), ignore_index, chunk_size)
            : nn.functional.cross_entropy(
                nn.functional.linear(values, Cast(weight, dtype)).to_type(ScalarType.Float32), classes, ignore_index: ignore_index);
        GC.KeepAlive(target);
        GC.KeepAlive(weight);
        return loss.MoveToOuterDisposeScope();
    }

    private static Tensor LossByKernels(Tensor input, Tensor weight, Tensor target, long ignored, long? chunkSize)
    {
        var isNeeded = AutogradNode.IsNeeded(input, weight);
        var rows = input.shape[0];
        var chunks = ChunkCount(rows, weight.shape[0], chunkSize);
        Tensor loss, count;
        Tensor? inputGradient = null, weightGradient = null;
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            var values = input.detach();
            var weights = Dense(Cast(weight.detach(), input.dtype));
            var losses = empty(rows, dtype: ScalarType.Float32, device: input.device);
            var inputGradients = new List<Tensor>();
            for (var i = 0; i < chunks; i++)
            {
                using var chunk = NewDisposeScope();
                var (start, length) = (rows * i / chunks, rows * (i + 1) / chunks - rows * i / chunks);
                var part = values.narrow(0, start, length);
                var logits = part.mm(weights.t());
                LaunchLoss(logits, target.narrow(0, start, length), losses.narrow(0, start, length), logTotals: null, ignored);
                if (!isNeeded)
                {
                    continue;
                }

                inputGradients.Add(logits.mm(weights).MoveToOuterDisposeScope());
                var product = MatrixProducts.Transposed(logits, part, toFloat32: chunks > 1 || input.dtype is ScalarType.Float16);
                weightGradient = weightGradient is null
                    ? product.MoveToOuterDisposeScope()
                    : weightGradient.add_(product, Scalars.One).MoveToOuterDisposeScope();
            }

            using Scalar ignoredClass = ignored;
            count = target.ne(ignoredClass).sum(type: ScalarType.Float32);
            GC.KeepAlive(target);
            loss = losses.sum() / count;
            if (input.dtype is ScalarType.Float16)
            {
                using Scalar factor = Float16GradientFactor;
                count = count.mul(factor);
            }

            inputGradient = inputGradients.Count switch
            {
                0 => null,
                1 => inputGradients[0],
                _ => cat(inputGradients),
            };
            scope.MoveToOuter(loss, count);
            if (isNeeded)
            {
                scope.MoveToOuter(inputGradient!, weightGradient!);
            }
        }

        // The gradients are those of the sum of all losses; what the mean and the loss scale make of them is known going back.
        return !isNeeded
            ? loss
            : AutogradNode.Record(
                [input, weight],
                [loss],
                [inputGradient!, weightGradient!, count],
                static (gradients, saved) =>
                {
                    var factor = gradients[0]! / saved[2];
                    return [saved[0].mul_(factor), saved[1].mul_(factor)];
                })[0];
    }

    private static int ChunkCount(long rows, long classes, long? chunkSize)
    {
        var most = chunkSize ?? Math.Max(1, LogitsBytes / (2 * classes));
        return (int)((rows + most - 1) / most);
    }
}
