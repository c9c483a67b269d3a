namespace Precision;

/// <summary>Where an optimizer stands between two updates of the scaler (torch/amp/grad_scaler.py, OptState).</summary>
internal enum OptimizerStage
{
    /// <summary>Its gradients are scaled.</summary>
    Ready,

    /// <summary>Its gradients were unscaled.</summary>
    Unscaled,

    /// <summary>It has stepped.</summary>
    Stepped,
}
