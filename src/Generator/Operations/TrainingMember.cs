namespace Precision.Generator.Operations;

/// <summary>What a call does in a training loop.</summary>
internal enum TrainingMember
{
    /// <summary>Nothing that training loops are made of.</summary>
    None,

    /// <summary><c>GradScaler.scale</c>.</summary>
    Scale,

    /// <summary><c>GradScaler.unscale_</c>.</summary>
    Unscale,

    /// <summary><c>GradScaler.step</c>.</summary>
    ScalerStep,

    /// <summary><c>GradScaler.update()</c>.</summary>
    Update,

    /// <summary><c>GradScaler.update(new_scale)</c>, which begins an iteration whatever was called before.</summary>
    SetScale,

    /// <summary>Reads the scale or whether a step was skipped.</summary>
    ReadScaler,

    /// <summary><c>MixedPrecisionTraining.Create</c>.</summary>
    CreateTraining,

    /// <summary><c>MixedPrecisionTraining.Backward</c>.</summary>
    TrainingBackward,

    /// <summary><c>MixedPrecisionTraining.Step</c>.</summary>
    TrainingStep,

    /// <summary><c>MixedPrecisionTraining.zero_grad</c>, <c>Load</c>: gradients are dropped.</summary>
    TrainingReset,

    /// <summary><c>CreateMasterWeights</c>, which stores parameters as the policy says.</summary>
    CreateMasters,

    /// <summary><c>Tensor.backward</c>.</summary>
    Backward,

    /// <summary><c>Optimizer.step</c>.</summary>
    OptimizerStep,

    /// <summary><c>zero_grad</c> of an optimizer or a module.</summary>
    ZeroGrad,

    /// <summary>Clips gradients by their norm or value.</summary>
    Clip,

    /// <summary><c>LRScheduler.step()</c>.</summary>
    SchedulerStep,

    /// <summary>Converts a module's parameters, or moves them.</summary>
    Convert,

    /// <summary>Makes an optimizer of TorchSharp's.</summary>
    CreateOptimizer,
}
