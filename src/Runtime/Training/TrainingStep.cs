using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision;

/// <summary>From gradients to updated weights: reduce, check, unscale, clip, update, round into the model.</summary>
internal sealed class TrainingStep(MasterWeights masters, TrainedModel model, Optimizer optimizer, IGradientReduction? reduction)
{
    private readonly GradientOwner gradients = masters.Gradients;
    private Dictionary<Parameter, Parameter>? kernelParameters = KernelParameters(optimizer, model.Optimized);
    private int optimizedCount = model.Optimized.Count;

    /// <summary>Steps, unless a gradient or the norm that clipping needs is not finite.</summary>
    /// <param name="maxGradNorm">What the common 2-norm is limited to; null = no clipping.</param>
    /// <returns>What was done. Its tensors belong to the caller's scope.</returns>
    /// <exception cref="InvalidOperationException">No parameter of the optimizer has a gradient.</exception>
    /// <exception cref="ArgumentException">A gradient does not fit its parameter; nothing is changed then.</exception>
    public StepNumbers Run(double? maxGradNorm)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        gradients.CheckFit();
        if (optimizedCount != model.Optimized.Count)
        {
            kernelParameters = KernelParameters(optimizer, model.Optimized);
            optimizedCount = model.Optimized.Count;
        }

        if (kernelParameters is null || gradients.State is not GradientState.OnModel || reduction is { InFloat32: true })
        {
            gradients.ToFloat32();
        }

        if (reduction is not null)
        {
            gradients.Pending(); // makes sparse ones dense
            reduction.Reduce(gradients);
        }

        var numbers = GradientTensors.Numbers(gradients.Pending());
        var byKernel = gradients.State is GradientState.OnModel;
        if (numbers.Count == 0 && reduction is not { HasGradients: true })
        {
            gradients.Clear();
            throw new InvalidOperationException(
                "No parameter of the optimizer got a gradient: the loss does not depend on them, or they were cleared. Look for "
                + "detach(), no_grad(), zero_grad() or frozen parameters between the model and the loss.");
        }

        var lossScale = gradients.LossScale?.clone();
        var foundInf = numbers.Count == 0 ? zeros([], dtype: float32, device: model.Optimized[0].Master.device) : GradientCheck.Check(numbers);
        var norm = maxGradNorm is null ? null : numbers.Count == 0 ? zeros_like(foundInf) : ScriptedForeach.TotalNorm(numbers);
        if (reduction is not null)
        {
            (foundInf, norm) = reduction.Agree(foundInf, norm);
        }

        var skip = foundInf;
        Tensor? divisor = null;
        if (maxGradNorm is { } limit)
        {
            skip = foundInf.maximum(norm!.isfinite().logical_not().to(ScalarType.Float32));
            var factor = ClipFactor(norm, limit, skip);
            if (byKernel)
            {
                divisor = factor.reciprocal();
            }
            else
            {
                Foreach.Mul_(numbers, factor);
            }
        }

        Update(skip, divisor, byKernel);
        return new StepNumbers(skip, foundInf, lossScale, norm).MoveToOuterScope();
    }

    /// <summary>The model's 16-bit parameters by master, where the optimizer has a kernel that reads their gradients; else null.</summary>
    private static Dictionary<Parameter, Parameter>? KernelParameters(Optimizer optimizer, IReadOnlyList<MasterWeight> optimized)
    {
        if (optimizer is not FusedOptimizer { CanStepModelParameters: true })
        {
            return null;
        }

        var sixteenBit = optimized.Where(static weight => !weight.IsOwnMaster).ToList();
        return sixteenBit.Count > 0 && sixteenBit.TrueForAll(static weight => weight.FitsKernels)
            ? sixteenBit.ToDictionary<MasterWeight, Parameter, Parameter>(
                static weight => weight.Master, static weight => weight.ModelParameter, ReferenceEqualityComparer.Instance)
            : null;
    }

    // A skipped step leaves the gradients as they came, so that the first non-finite one can be named.
    private static Tensor ClipFactor(Tensor norm, double limit, Tensor skip)
    {
        using var scope = NewDisposeScope();
        using Scalar limitValue = limit;
        using Scalar epsilon = 1e-6;
        var factor = norm.add(epsilon).reciprocal().mul(limitValue).clamp_max(Scalars.One).to(ScalarType.Float32);
        factor.masked_fill_(skip.gt(Scalars.Zero), Scalars.One);
        GC.KeepAlive(norm);
        GC.KeepAlive(skip);
        return factor.MoveToOuterDisposeScope();
    }

    private void Update(Tensor skip, Tensor? divisor, bool byKernel)
    {
        if (!byKernel)
        {
            gradients.LendToMasters();
        }

        var isKnownApplied = false;
        try
        {
            if (optimizer is FusedOptimizer fused)
            {
                fused.StepWith(new StepScaling(divisor, skip, byKernel ? kernelParameters : null), gradients);
            }
            else if (Lifetime.After(skip.item<float>(), skip) == 0)
            {
                isKnownApplied = true;
                optimizer.step();
            }
        }
        finally
        {
            // Also after an optimizer that has thrown: what it did not get to is as it was, and these gradients are used up.
            if (byKernel)
            {
                masters.NoteKernelStep(kernelParameters!);
            }
            else
            {
                gradients.TakeBack();
                masters.CopyToModel();
            }

            if (reduction is { IsSharded: true })
            {
                reduction.Share();
                masters.NoteAgreement();
            }

            gradients.NoteStep(clear: isKnownApplied);
        }
    }
}
