using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision;

/// <summary>One optimizer between two updates of a scaler: the order of its calls, and what the check of its gradients found.</summary>
internal sealed class ScaledOptimizer(Optimizer optimizer) : IDisposable
{
    /// <summary>How many losses were scaled when the stage was entered.</summary>
    private long scalingsBefore;

    /// <summary>Where the optimizer stands in this iteration.</summary>
    public OptimizerStage Stage { get; private set; }

    /// <summary>Whether the gradients were checked in this iteration.</summary>
    public bool IsChecked { get; private set; }

    /// <summary>
    /// 1 where the last check found an infinity or a NaN, else 0: one Float32 number on the scale's device. Kept after an
    /// update until the next check, so that a skip can be asked for.
    /// </summary>
    public Tensor? FoundInf { get; private set; }

    /// <summary>Whether it has stepped in the iteration before this one.</summary>
    public bool SteppedBefore { get; private set; }

    private string Name => optimizer.GetType().Name;

    /// <summary>Divides the gradients by the scale.</summary>
    /// <param name="scale">The scale.</param>
    /// <param name="scalings">How many losses were scaled.</param>
    /// <exception cref="InvalidOperationException">In a wrong order; a gradient is Float16.</exception>
    /// <exception cref="ArgumentException">A gradient does not fit its parameter.</exception>
    public void Unscale(ScaleState scale, long scalings)
    {
        if (Stage is not OptimizerStage.Ready)
        {
            throw scalings > scalingsBefore
                ? ProtocolFault.Error(
                    RuleIdentifiers.StepWithoutUpdate, ProtocolMessages.MissingUpdate, nameof(GradScaler), nameof(GradScaler.unscale_), Name)
                : Stage is OptimizerStage.Unscaled
                    ? ProtocolFault.Error(
                        RuleIdentifiers.CalledTwice, ProtocolMessages.CalledTwice, $"{nameof(GradScaler)}.{nameof(GradScaler.unscale_)}")
                    : ProtocolFault.Error(RuleIdentifiers.CalledTwice, ProtocolMessages.UnscaledAfterStep, nameof(GradScaler), Name);
        }

        using var scope = NewDisposeScope();
        var gradients = Gradients();
        RefuseFloat16(gradients);
        if (gradients.Count > 0)
        {
            using var inverse = ScaleState.Inverse(scale.Scale);
            Record(GradientCheck.UnscaleAndCheck(gradients, inverse));
        }

        Enter(OptimizerStage.Unscaled, scalings);
    }

    /// <summary>Steps, unless the optimizer has stepped already.</summary>
    /// <param name="scale">The scale.</param>
    /// <param name="scalings">How many losses were scaled.</param>
    /// <param name="onFoundInf">Told where a gradient is not finite, and the host knows.</param>
    /// <returns>What the optimizer's step returned; null when it was skipped.</returns>
    /// <exception cref="InvalidOperationException">In a wrong order, or there are no gradients.</exception>
    public Tensor? Step(ScaleState scale, long scalings, Action onFoundInf)
    {
        if (Stage is OptimizerStage.Stepped)
        {
            throw ProtocolFault.Error(
                RuleIdentifiers.StepWithoutUpdate, ProtocolMessages.MissingUpdate, nameof(GradScaler), nameof(GradScaler.step), Name);
        }

        var result = optimizer is FusedOptimizer fused ? StepFused(fused, scale) : StepUnfused(scale, scalings, onFoundInf);
        Enter(OptimizerStage.Stepped, scalings);
        return result;
    }

    /// <summary>Takes what somebody else found who checked and stepped.</summary>
    /// <param name="foundInf">One Float32 number on the scale's device, which is taken over.</param>
    public void NoteStep(Tensor foundInf)
    {
        Record(foundInf);
        Stage = OptimizerStage.Stepped;
    }

    /// <summary>Begins the next iteration.</summary>
    public void Reset()
    {
        SteppedBefore = Stage is OptimizerStage.Stepped;
        Stage = OptimizerStage.Ready;
        IsChecked = false;
    }

    public void Dispose() => FoundInf?.Dispose();

    private void RefuseFloat16(IReadOnlyList<Tensor> gradients)
    {
        if (gradients.Any(static gradient => gradient.dtype is ScalarType.Float16))
        {
            throw new InvalidOperationException(
                ProtocolFault.Text(
                    RuleIdentifiers.OptimizerOver16BitParameters, ProtocolMessages.SixteenBitParameters, Name, nameof(ScalarType.Float16))
                + " Float16 gradients cannot be unscaled: those that scaling has saved would become 0 again. MixedPrecisionTraining keeps "
                + "master weights by itself.");
        }
    }

    private void Enter(OptimizerStage stage, long scalings) => (Stage, scalingsBefore) = (stage, scalings);

    private Tensor? StepUnfused(ScaleState scale, long scalings, Action onFoundInf)
    {
        if (Stage is OptimizerStage.Ready)
        {
            Unscale(scale, scalings);
        }

        ThrowIfUnchecked();
        Tensor? result = null;
        if (FoundInf!.item<float>() == 0)
        {
            result = optimizer.step();
        }
        else
        {
            onFoundInf();
        }

        return result;
    }

    private Tensor? StepFused(FusedOptimizer fused, ScaleState scale)
    {
        using var scope = NewDisposeScope();
        Tensor? divisor = null;
        if (Stage is OptimizerStage.Ready)
        {
            // Only a check: the kernel divides by the scale.
            if (Gradients() is { Count: > 0 } gradients)
            {
                Record(GradientCheck.Check(gradients).to(scale.Scale.device));
            }

            divisor = scale.Scale;
        }

        ThrowIfUnchecked();
        return fused.StepWith(new StepScaling(divisor, FoundInf), caller: null);
    }

    private void Record(Tensor foundInf)
    {
        FoundInf?.Dispose();
        FoundInf = foundInf.DetachFromDisposeScope();
        IsChecked = true;
    }

    private List<Tensor> Gradients()
    {
        (optimizer as FusedOptimizer)?.CheckGradients(); // which knows names
        var gradients = new List<Tensor>();
        var index = 0;
        foreach (var parameter in optimizer.parameters())
        {
            if (parameter.grad is { } gradient)
            {
                var place = index;
                GradientFit.Check(parameter, gradient, () => $"Parameter {place} of this {optimizer.GetType().Name}");
                gradients.Add(GradientTensors.Numbers(gradient));
            }

            index++;
        }

        return gradients;
    }

    private void ThrowIfUnchecked()
    {
        if (!IsChecked)
        {
            throw new InvalidOperationException(
                "No parameter of this optimizer has a gradient. Call scaler.scale(loss).backward() before step(), and check that the "
                + "optimizer has the model's present parameters.");
        }
    }
}
