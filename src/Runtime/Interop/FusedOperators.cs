using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>
/// libtorch's fused optimizer steps: one call for any number of parameters. They walk through raw memory, so that each list
/// is checked here first. Nothing is recorded for gradients.
/// </summary>
/// <remarks>
/// <c>gradScale</c>: the kernel divides the gradients by it, in place. <c>foundInf</c>: the kernel does nothing where it is
/// exactly 1. Both one Float32 number on the parameters' device.
/// </remarks>
internal static class FusedOperators
{
    /// <summary>One step of Adam, or of AdamW (decoupled weight decay), on the lists.</summary>
    /// <param name="decoupled">Whether the weight decay is AdamW's.</param>
    /// <param name="parameters">Tensors of one device and dtype.</param>
    /// <param name="gradients">Like <paramref name="parameters"/>.</param>
    /// <param name="expAvgs">Like <paramref name="parameters"/>.</param>
    /// <param name="expAvgSqs">Like <paramref name="parameters"/>.</param>
    /// <param name="maxExpAvgSqs">Like <paramref name="parameters"/>; empty without AMSGrad.</param>
    /// <param name="steps">For each parameter one Float32 number, this step counted already: 0 would divide by 0.</param>
    /// <param name="options">The step's numbers.</param>
    /// <param name="gradScale">See the remarks.</param>
    /// <param name="foundInf">See the remarks.</param>
    /// <exception cref="ArgumentException">Lists that do not correspond in length, device, dtype or memory layout.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static void Adam_(
        bool decoupled,
        IReadOnlyList<Tensor> parameters,
        IReadOnlyList<Tensor> gradients,
        IReadOnlyList<Tensor> expAvgs,
        IReadOnlyList<Tensor> expAvgSqs,
        IReadOnlyList<Tensor> maxExpAvgSqs,
        IReadOnlyList<Tensor> steps,
        in AdamStep options,
        Tensor? gradScale,
        Tensor? foundInf)
    {
        CheckParameters(parameters);
        CheckLike(parameters, gradients, nameof(gradients));
        CheckLike(parameters, expAvgs, nameof(expAvgs));
        CheckLike(parameters, expAvgSqs, nameof(expAvgSqs));
        CheckLike(options.AmsGrad ? parameters : [], maxExpAvgSqs, nameof(maxExpAvgSqs));
        CheckSteps(parameters, steps);
        CheckScaling(parameters, gradScale, foundInf);
        if (parameters.Count == 0)
        {
            return;
        }

        using var _ = no_grad();
        using var call = new DispatcherCall();
        call.Add(parameters);
        call.Add(gradients);
        call.Add(expAvgs);
        call.Add(expAvgSqs);
        call.Add(maxExpAvgSqs);
        call.Add(steps);
        call.Add(options.LearningRate);
        call.Add(options.Beta1);
        call.Add(options.Beta2);
        call.Add(options.WeightDecay);
        call.Add(options.Eps);
        call.Add(options.AmsGrad);
        call.Add(options.Maximize);
        call.AddOptional(gradScale);
        call.AddOptional(foundInf);
        call.Invoke(decoupled ? "aten::_fused_adamw_"u8 : "aten::_fused_adam_"u8);
    }

    /// <summary>One step of SGD on the lists.</summary>
    /// <param name="parameters">Tensors of one device and dtype.</param>
    /// <param name="gradients">Like <paramref name="parameters"/>.</param>
    /// <param name="momentumBuffers">Like <paramref name="parameters"/>; empty without momentum.</param>
    /// <param name="options">The step's numbers.</param>
    /// <param name="firstStep">Whether the buffers hold nothing yet.</param>
    /// <param name="gradScale">See the remarks.</param>
    /// <param name="foundInf">See the remarks.</param>
    /// <exception cref="ArgumentException">Lists that do not correspond in length, device, dtype or memory layout.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static void Sgd_(
        IReadOnlyList<Tensor> parameters,
        IReadOnlyList<Tensor> gradients,
        IReadOnlyList<Tensor> momentumBuffers,
        in SgdStep options,
        bool firstStep,
        Tensor? gradScale,
        Tensor? foundInf)
    {
        CheckParameters(parameters);
        CheckLike(parameters, gradients, nameof(gradients));
        CheckLike(options.Momentum != 0 ? parameters : [], momentumBuffers, nameof(momentumBuffers));
        CheckScaling(parameters, gradScale, foundInf);
        if (parameters.Count == 0)
        {
            return;
        }

        using var _ = no_grad();
        using var call = new DispatcherCall();
        call.Add(parameters);
        call.Add(gradients);
        call.Add(momentumBuffers);
        call.Add(options.WeightDecay);
        call.Add(options.Momentum);
        call.Add(options.LearningRate);
        call.Add(options.Dampening);
        call.Add(options.Nesterov);
        call.Add(options.Maximize);
        call.Add(firstStep);
        call.AddOptional(gradScale);
        call.AddOptional(foundInf);
        call.Invoke("aten::_fused_sgd_"u8);
    }

    private static void CheckParameters(IReadOnlyList<Tensor> parameters)
    {
        Tensors.Check(parameters, nameof(parameters));
        if (parameters.Count == 0)
        {
            return;
        }

        var first = TensorMetadata.Of(parameters[0], nameof(parameters));
        if (first.Dtype is not (ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64))
        {
            throw new ArgumentException($"parameters[0] is {first.ToString()}: only floating parameters can be optimized.", nameof(parameters));
        }

        for (var i = 0; i < parameters.Count; i++)
        {
            var parameter = TensorMetadata.Of(parameters[i], nameof(parameters));
            if (parameter.Dtype != first.Dtype || !parameter.SameDevice(first))
            {
                throw new ArgumentException(
                    $"parameters[{i}] is {parameter.ToString()}, parameters[0] is {first.ToString()}: one call takes one dtype and device.",
                    nameof(parameters));
            }

            if (!parameter.IsDense)
            {
                throw new ArgumentException(
                    $"parameters[{i}] ({parameter.ToString()}) has gaps or overlaps in memory: use contiguous() or clone().", nameof(parameters));
            }
        }
    }

    private static void CheckLike(IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> tensors, string name)
    {
        Tensors.Check(tensors, name);
        Tensors.CheckSameLength(parameters, tensors, nameof(parameters), name);
        for (var i = 0; i < tensors.Count; i++)
        {
            var parameter = TensorMetadata.Of(parameters[i], nameof(parameters));
            var tensor = TensorMetadata.Of(tensors[i], name);
            if (tensor.Dtype != parameter.Dtype || !tensor.SameDevice(parameter) || !tensor.SameLayout(parameter))
            {
                throw new ArgumentException(
                    $"{name}[{i}] is {tensor.ToString()}, its parameter {parameter.ToString()}: dtype, device, shape and strides must be equal.",
                    name);
            }
        }
    }

    private static void CheckSteps(IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> steps)
    {
        Tensors.Check(steps, nameof(steps));
        Tensors.CheckSameLength(parameters, steps, nameof(parameters), nameof(steps));
        for (var i = 0; i < steps.Count; i++)
        {
            Tensors.CheckScalar(steps[i], nameof(steps), TensorMetadata.Of(parameters[i], nameof(parameters)));
        }
    }

    private static void CheckScaling(IReadOnlyList<Tensor> parameters, Tensor? gradScale, Tensor? foundInf)
    {
        if (parameters.Count == 0)
        {
            return;
        }

        var first = TensorMetadata.Of(parameters[0], nameof(parameters));
        if (gradScale is not null)
        {
            Tensors.CheckScalar(gradScale, nameof(gradScale), first);
        }

        if (foundInf is not null)
        {
            Tensors.CheckScalar(foundInf, nameof(foundInf), first);
        }
    }
}
