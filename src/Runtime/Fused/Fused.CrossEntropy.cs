using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

public static partial class Fused
{
    /// <summary>
    /// The mean cross entropy of 16-bit logits, computed in float32 without logits or probabilities in float32: libtorch's
    /// <c>cross_entropy</c> rounds the logarithms of the probabilities to the logits' dtype, or needs three times the memory for
    /// logits cast to float32. The head of a language model has <see cref="linear_cross_entropy"/>.
    /// </summary>
    /// <param name="input">(rows, classes): the logits; float32 ones are computed by libtorch.</param>
    /// <param name="target">Int64 (rows): the class of each row.</param>
    /// <param name="ignore_index">Rows with this target count for nothing.</param>
    /// <returns>
    /// One Float32 number (Float64 of Float64 logits); NaN where every row is ignored, and with kernels where a target names no class.
    /// </returns>
    /// <exception cref="ArgumentException">Shapes that do not fit, or a target of another dtype or on another device.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static Tensor cross_entropy(Tensor input, Tensor target, long ignore_index = -100)
    {
        CheckInput(input);
        Tensors.Check(target, nameof(target));
        if (input.dim() != 2 || !target.shape.SequenceEqual(input.shape[..1]))
        {
            throw new ArgumentException(
                $"The shapes do not fit: 'input' [{string.Join(", ", input.shape)}], 'target' [{string.Join(", ", target.shape)}]. They must "
                + "be [rows, classes] and [rows]: flatten what comes before the classes.",
                nameof(target));
        }

        CheckTarget(target, input);
        return TryCrossEntropy(input, target, ignore_index) ?? PlainCrossEntropy(input, target, ignore_index);
    }

    private static Tensor PlainCrossEntropy(Tensor input, Tensor target, long ignored)
    {
        var logits = input.dtype.Is16Bit() ? Cast(input, ScalarType.Float32) : input;
        return Lifetime.After(nn.functional.cross_entropy(logits, target, ignore_index: ignored), logits, target);
    }

    /// <summary>As <see cref="cross_entropy"/>, of arguments that fit; null where no kernel runs.</summary>
    internal static Tensor? TryCrossEntropy(Tensor input, Tensor target, long ignored)
    {
        if (!UsesKernels(input, input.dtype, input.shape[1]))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        Tensor values, classes, logTotals, count, loss;
        using (no_grad())
        {
            values = Dense(input.detach());
            classes = Dense(target);
            var losses = empty(input.shape[0], dtype: ScalarType.Float32, device: input.device);
            logTotals = empty_like(losses);
            LaunchLoss(values, classes, losses, logTotals, ignored);
            using Scalar ignoredClass = ignored;
            count = target.ne(ignoredClass).sum(type: ScalarType.Float32);
            GC.KeepAlive(target);
            loss = losses.sum() / count;
        }

        if (!AutogradNode.IsNeeded(input))
        {
            return loss.MoveToOuterDisposeScope();
        }

        var version = VariableData.Version(input);
        return AutogradNode.Record(
            [input],
            [loss],
            [values, classes, logTotals, count, input],
            (gradients, saved) =>
            {
                if (VariableData.Version(saved[4]) != version)
                {
                    throw new InvalidOperationException(
                        "The logits were written in place after their cross entropy was computed, which goes back through them. Write into a clone().");
                }

                var factor = gradients[0]! / saved[3];
                return [is_grad_enabled() ? PlainLogitsGradient(saved[4], saved[1], factor, ignored) : LogitsGradient(saved, factor, ignored)];
            },
            runsOnce: false)[0].MoveToOuterDisposeScope();
    }

    private static Tensor LogitsGradient(Tensor[] saved, Tensor factor, long ignored)
    {
        var (values, classes, logTotals) = (saved[0], saved[1], saved[2]);
        var gradient = empty_like(values);
        var arguments = new KernelArguments();
        arguments.Add(values);
        arguments.Add(classes);
        arguments.Add(logTotals);
        arguments.Add(factor);
        arguments.Add(gradient);
        arguments.Add((int)(values.shape[1] / VectorSize));
        arguments.Add(ignored);
        var threads = LossThreads(values.shape[1]);
        FusedKernels.Launch(
            values, "cross_entropy.cu", LossDefinitions(threads, isInPlace: false, isStaged: false), "cross_entropy_backward",
            ((int)values.shape[0], 1), (threads, 1), 0, arguments);
        return gradient;
    }

    // For a gradient that shall be differentiated again (create_graph), which records what it is made of.
    private static Tensor PlainLogitsGradient(Tensor input, Tensor target, Tensor factor, long ignored)
    {
        using var scope = NewDisposeScope();
        using Scalar ignoredClass = ignored;
        var counts = target.ne(ignoredClass);
        var hot = nn.functional.one_hot(target.where(counts, zeros_like(target)), input.shape[1]);
        var gradient = (special.softmax(input, -1, ScalarType.Float32) - hot) * factor;
        var result = gradient.where(counts.unsqueeze(-1), zeros_like(gradient)).to_type(input.dtype);
        GC.KeepAlive(input);
        GC.KeepAlive(target);
        GC.KeepAlive(factor);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The loss of each row; writes the gradient of their sum over the logits where no <paramref name="logTotals"/> are wanted.</summary>
    private static void LaunchLoss(Tensor logits, Tensor target, Tensor losses, Tensor? logTotals, long ignored)
    {
        var isInPlace = logTotals is null;
        var rowBytes = logits.shape[1] * 2;
        var staged = isInPlace && rowBytes <= FusedKernels.LargestSharedMemory(logits.device_index) ? (int)rowBytes : 0;
        var arguments = new KernelArguments();
        arguments.Add(logits);
        arguments.Add(target);
        arguments.Add(losses);
        arguments.Add(logTotals);
        arguments.Add((int)(logits.shape[1] / VectorSize));
        arguments.Add(ignored);
        var threads = LossThreads(logits.shape[1]);
        FusedKernels.Launch(
            logits, "cross_entropy.cu", LossDefinitions(threads, isInPlace, staged > 0), "cross_entropy",
            ((int)logits.shape[0], 1), (threads, 1), staged, arguments);
    }

    // A power of two of warps, no more than a row has work for.
    private static int LossThreads(long classes)
        => (int)Math.Clamp(System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)(classes / VectorSize)), Warp, 512);

    private static string LossDefinitions(int threads, bool isInPlace, bool isStaged)
        => $"-DTHREADS={threads} -DIN_PLACE={(isInPlace ? 1 : 0)} -DSTAGED={(isStaged ? 1 : 0)}";
}
