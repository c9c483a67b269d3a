using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

public static partial class Fused
{
    private const int LargestNormVectors = 1024;
    private const int Warp = 32;

    /// <summary>
    /// The sum of a residual stream and a new branch, and its layer normalisation: what stands between two layers of a pre-norm
    /// transformer. <c>sum = input + input_bias + residual; output = layer_norm(sum)</c>.
    /// </summary>
    /// <param name="input">(*, columns): the branch, usually the result of a linear layer.</param>
    /// <param name="residual">As <paramref name="input"/>; null = nothing is added.</param>
    /// <param name="weight">(columns): the normalisation's.</param>
    /// <param name="bias">(columns), the normalisation's; null = none.</param>
    /// <param name="input_bias">(columns): the bias of the linear layer, when that was computed without; null = none.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <returns>
    /// The sum, the new residual stream (<paramref name="input"/> itself where nothing is added), and the normalised sum, both in the
    /// region's dtype or the input's.
    /// </returns>
    /// <exception cref="ArgumentException">Shapes that do not fit.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static (Tensor sum, Tensor output) add_layer_norm(
        Tensor input, Tensor? residual, Tensor weight, Tensor? bias = null, Tensor? input_bias = null, double eps = 1e-5)
    {
        CheckInput(input);
        ArgumentNullException.ThrowIfNull(weight);
        CheckParameter(weight, input, nameof(weight));
        CheckParameter(bias, input, nameof(bias));
        CheckParameter(input_bias, input, nameof(input_bias));
        if (residual is not null)
        {
            Tensors.Check(residual, nameof(residual));
            if (!residual.shape.SequenceEqual(input.shape))
            {
                throw new ArgumentException(
                    $"'residual' has the shape [{string.Join(", ", residual.shape)}], 'input' [{string.Join(", ", input.shape)}]: they must be equal.",
                    nameof(residual));
            }
        }

        var dtype = ComputeDtype(input);
        var columns = input.shape[^1];
        input = Cast(input, dtype);
        residual = residual is null ? null : Cast(residual, dtype);
        return UsesKernels(input, dtype, columns) && columns / VectorSize <= LargestNormVectors
            ? NormByKernels(input, residual, weight, bias, input_bias, eps)
            : PlainNorm(input, residual, weight, bias, input_bias, eps);
    }

    private static (Tensor, Tensor) PlainNorm(
        Tensor input, Tensor? residual, Tensor weight, Tensor? bias, Tensor? inputBias, double eps)
    {
        var sum = inputBias is null ? input : Sum(input, Cast(inputBias, input.dtype));
        sum = residual is null ? sum : Sum(sum, residual);
        if (!input.dtype.Is16Bit())
        {
            return (sum, Norm(sum, weight, bias, eps));
        }

        using var region = Autocast.Disable(input.device);
        var output = Norm(
            Cast(sum, ScalarType.Float32), Cast(weight, ScalarType.Float32), bias is null ? null : Cast(bias, ScalarType.Float32), eps);
        return (sum, Lifetime.After(output.to_type(input.dtype), output));
    }

    private static Tensor Norm(Tensor values, Tensor weight, Tensor? bias, double eps)
        => Lifetime.After(nn.functional.layer_norm(values, [values.shape[^1]], weight, bias, eps), values, weight, bias);

    private static (Tensor, Tensor) NormByKernels(
        Tensor input, Tensor? residual, Tensor weight, Tensor? bias, Tensor? inputBias, double eps)
    {
        var adds = residual is not null || inputBias is not null;
        Tensor sum, kept, output, means, deviations, weights;
        using (no_grad())
        using (var scope = NewDisposeScope())
        {
            var rows = input.numel() / input.shape[^1];
            var values = Dense(input.detach());
            var others = Dense(residual?.detach());
            (weights, var biases) = NormParameters(weight, bias, input.dtype);
            var inputBiases = AsParameter(inputBias, input.dtype);
            sum = adds ? empty_like(values) : values;
            output = empty_like(values);
            means = empty(rows, dtype: ScalarType.Float32, device: input.device);
            deviations = empty_like(means);
            var arguments = new KernelArguments();
            arguments.Add(values);
            arguments.Add(others);
            arguments.Add(inputBiases);
            arguments.Add(IsFloat32(inputBiases));
            arguments.Add(weights);
            arguments.Add(biases);
            arguments.Add(IsFloat32(weights));
            arguments.Add(adds ? sum : null);
            arguments.Add(output);
            arguments.Add(means);
            arguments.Add(deviations);
            arguments.Add((float)eps);
            var (definitions, threads) = NormGeometry(input.shape[^1]);
            FusedKernels.Launch(
                values, "layer_norm.cu", definitions, "add_layer_norm_forward", ((int)rows, 1), (threads, 1), 0, arguments);
            kept = sum.detach();
            scope.MoveToOuter([sum, kept, output, means, deviations, weights]);
        }

        if (!AutogradNode.IsNeeded(input, residual, inputBias, weight, bias))
        {
            return (adds ? sum : input, output);
        }

        List<Tensor> inputs = [input, weight];
        var biasAt = Append(inputs, bias);
        var residualAt = Append(inputs, residual);
        var inputBiasAt = Append(inputs, inputBias);
        var (biasDtype, inputBiasDtype) = (bias?.dtype, inputBias?.dtype);
        var weightDtype = weight.dtype;
        var results = AutogradNode.Record(
            inputs,
            adds ? [sum, output] : [output],
            [kept, means, deviations, weights],
            (gradients, saved) =>
            {
                var sumGradient = adds ? gradients[0] : null;
                var outputGradient = gradients[adds ? 1 : 0];
                var made = new Tensor?[inputs.Count];
                var gradient = NormGradients(
                    outputGradient, sumGradient, saved, weightDtype, biasDtype, inputBiasDtype,
                    out made[1], out var biasGradient, out var inputBiasGradient);
                made[0] = gradient;
                Set(made, biasAt, biasGradient);
                Set(made, residualAt, gradient.alias());
                Set(made, inputBiasAt, inputBiasGradient);
                return made;
            });
        return adds ? (results[0], results[1]) : (input, results[0]);
    }

    private static int Append(List<Tensor> inputs, Tensor? input)
    {
        if (input is null)
        {
            return -1;
        }

        inputs.Add(input);
        return inputs.Count - 1;
    }

    private static void Set(Tensor?[] gradients, int place, Tensor? gradient)
    {
        if (place >= 0)
        {
            gradients[place] = gradient;
        }
    }

    /// <summary>Weight and bias of one dtype.</summary>
    private static (Tensor Weight, Tensor? Bias) NormParameters(Tensor weight, Tensor? bias, ScalarType dtype)
    {
        var weights = AsParameter(weight, dtype)!;
        var biases = AsParameter(bias, dtype);
        return biases is null || biases.dtype == weights.dtype
            ? (weights, biases)
            : (Lifetime.After(weights.to_type(ScalarType.Float32), weights), Lifetime.After(biases.to_type(ScalarType.Float32), biases));
    }

    private static Tensor NormGradients(
        Tensor? outputGradient, Tensor? sumGradient, Tensor[] saved, ScalarType weightDtype, ScalarType? biasDtype,
        ScalarType? inputBiasDtype, out Tensor? weightGradient, out Tensor? biasGradient, out Tensor? inputBiasGradient)
    {
        var (sum, means, deviations, weights) = (saved[0], saved[1], saved[2], saved[3]);
        var columns = sum.shape[^1];
        var rows = sum.numel() / columns;
        var incoming = Dense(outputGradient ?? zeros_like(sum));
        var more = Dense(sumGradient);
        var gradient = empty_like(sum);
        var (definitions, threads, blocks) = NormBackwardGeometry(columns, rows);
        var partial = empty([blocks, 3 * columns], dtype: ScalarType.Float32, device: sum.device);
        var arguments = new KernelArguments();
        arguments.Add(incoming);
        arguments.Add(more);
        arguments.Add(sum);
        arguments.Add(means);
        arguments.Add(deviations);
        arguments.Add(weights);
        arguments.Add(IsFloat32(weights));
        arguments.Add(gradient);
        arguments.Add(partial);
        arguments.Add(rows);
        FusedKernels.Launch(sum, "layer_norm.cu", definitions, "add_layer_norm_backward", (blocks, 1), (threads, 1), 0, arguments);
        weightGradient = NewSum(sum, columns, weightDtype);
        biasGradient = biasDtype is { } one ? NewSum(sum, columns, one) : null;
        inputBiasGradient = inputBiasDtype is { } other ? NewSum(sum, columns, other) : null;
        AddPartial(sum, partial, columns, [weightGradient, biasGradient, inputBiasGradient]);
        return gradient;
    }

    // libtorch casts a gradient to its parameter's dtype where that is a third one (float64).
    private static Tensor NewSum(Tensor like, long columns, ScalarType dtype)
        => empty(columns, dtype: dtype == like.dtype ? dtype : ScalarType.Float32, device: like.device);

    /// <summary>A block to a row.</summary>
    private static (string Definitions, int Threads) NormGeometry(long columns)
    {
        const int most = 256;
        var vectors = (int)(columns / VectorSize);
        var each = (vectors + most - 1) / most;
        var threads = ((vectors + each - 1) / each + Warp - 1) / Warp * Warp;
        return (NormDefinitions(vectors, each, threads, threads), threads);
    }

    /// <summary>
    /// A warp to a row where its registers hold one; else a block. The number of blocks is as measured on an H100: few, so that their
    /// partial sums cost little, but enough to have memory accesses under way all the time.
    /// </summary>
    private static (string Definitions, int Threads, int Blocks) NormBackwardGeometry(long columns, long rows)
    {
        const int mostOfWarp = 4 * Warp;
        const int warps = 4;
        var vectors = (int)(columns / VectorSize);
        if (vectors <= mostOfWarp)
        {
            return (
                NormDefinitions(vectors, (vectors + Warp - 1) / Warp, warps * Warp, Warp), warps * Warp,
                (int)Math.Min(264, (rows + warps - 1) / warps));
        }

        var (definitions, threads) = NormGeometry(columns);
        return (definitions, threads, (int)Math.Min(1056, rows));
    }

    private static string NormDefinitions(int vectors, int each, int threads, int rowThreads)
        => $"-DVECTORS={vectors} -DEACH={each} -DTHREADS={threads} -DROW_THREADS={rowThreads}";
}
