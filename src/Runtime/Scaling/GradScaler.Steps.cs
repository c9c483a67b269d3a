using Precision.Optim;
using static TorchSharp.torch;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision;

/// <content>How gradients are unscaled and optimizers stepped, once the order of the calls is known to be right.</content>
public sealed partial class GradScaler
{
    private static List<Tensor> Gradients(Optimizer optimizer)
    {
        var gradients = new List<Tensor>();
        foreach (var parameter in optimizer.parameters())
        {
            if (parameter.IsInvalid)
            {
                throw new InvalidOperationException(
                    $"A parameter of this {optimizer.GetType().Name} no longer exists: model.to(dtype or device) replaces parameters. "
                    + "Convert and move the model first, then make the optimizer.");
            }

            if (parameter.grad is { } gradient)
            {
                gradients.Add(gradient.is_sparse ? gradient.SparseValues : gradient);
            }
        }

        return gradients;
    }

    private static void RefuseFloat16(IReadOnlyList<Tensor> gradients)
    {
        if (gradients.Any(static gradient => gradient.dtype is ScalarType.Float16))
        {
            throw new InvalidOperationException(
                "Float16 gradients cannot be unscaled: those that scaling has saved would become 0 again. Keep the parameters in "
                + "Float32 (an autocast region computes in Float16), or keep Float32 master weights (MixedPrecisionTraining does).");
        }
    }

    private OptimizerRecord BeginUnscale(Optimizer optimizer)
    {
        _ = Require(nameof(unscale_));
        var record = RecordOf(optimizer);
        return record.Stage switch
        {
            OptimizerStage.Unscaled => throw new InvalidOperationException(
                "unscale_() has already been called on this optimizer since the last update(). Call it once, after the last "
                + "backward() of the step."),
            OptimizerStage.Stepped => throw new InvalidOperationException(
                "unscale_() is being called after step(). Call it between backward() and step(), and update() after the step."),
            _ => record,
        };
    }

    private void Unscale(OptimizerRecord record, IReadOnlyList<Tensor> gradients)
    {
        RefuseFloat16(gradients);
        if (gradients.Count > 0)
        {
            using var inverse = state!.Inverse();
            record.Record(GradientCheck.UnscaleAndCheck(gradients, inverse));
        }

        record.Stage = OptimizerStage.Unscaled;
    }

    private Tensor? StepUnfused(Optimizer optimizer, OptimizerRecord record)
    {
        if (record.Stage is OptimizerStage.Ready)
        {
            unscale_(optimizer);
        }

        ThrowIfUnchecked(record);
        Tensor? result = null;
        if (record.FoundInf!.item<float>() == 0)
        {
            result = optimizer.step();
        }
        else
        {
            ThrowIfAtFloor(ReadScale());
        }

        record.Stage = OptimizerStage.Stepped;
        return result;
    }

    private Tensor? StepFused(FusedOptimizer optimizer, OptimizerRecord record)
    {
        var (scaleBefore, infBefore) = (optimizer.grad_scale, optimizer.found_inf);
        using var scope = NewDisposeScope();
        try
        {
            if (record.Stage is OptimizerStage.Ready)
            {
                // Only a check: the kernel unscales, by the product where the user has set a scale of his own.
                var scale = state!.Scale;
                if (Gradients(optimizer) is { Count: > 0 } gradients)
                {
                    record.Record(GradientCheck.Check(gradients).to(scale.device));
                }

                optimizer.grad_scale = scaleBefore is null ? scale : scale * scaleBefore.to(scale.device);
            }

            ThrowIfUnchecked(record);
            optimizer.found_inf = record.FoundInf;
            var result = optimizer.step();
            record.Stage = OptimizerStage.Stepped;
            return result;
        }
        finally
        {
            (optimizer.grad_scale, optimizer.found_inf) = (scaleBefore, infBefore);
        }
    }

    private static void ThrowIfUnchecked(OptimizerRecord record)
    {
        if (!record.IsChecked)
        {
            throw new InvalidOperationException(
                "No parameter of this optimizer has a gradient. Call scaler.scale(loss).backward() before step(), and check that the "
                + "optimizer has the model's present parameters.");
        }
    }
}
