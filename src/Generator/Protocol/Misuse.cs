using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Precision.Generator.Protocol;

/// <summary>What a training loop does wrong.</summary>
internal enum MisuseKind
{
    /// <summary>An optimizer has 16-bit parameters.</summary>
    SixteenBitParameters,

    /// <summary>Parameters that an optimizer has were replaced.</summary>
    OptimizerMadeBefore,

    /// <summary>A Float16 model is trained without loss scaling.</summary>
    NoScaling,

    /// <summary>The loss of a BFloat16 model is scaled.</summary>
    NeedlessScaling,

    /// <summary>Gradients are clipped while they are scaled.</summary>
    ClipBeforeUnscale,

    /// <summary>An iteration ends without update.</summary>
    MissingUpdate,

    /// <summary>Something is done twice.</summary>
    Twice,

    /// <summary>Gradients are unscaled after the step, which has done it.</summary>
    UnscaleAfterStep,

    /// <summary>The scale is updated before all optimizers have stepped.</summary>
    EarlyUpdate,

    /// <summary>Gradients of a scaled loss are used as they are.</summary>
    StepPastScaler,

    /// <summary>Gradients of a loss that was not scaled are divided by the scale.</summary>
    BackwardPastScaler,

    /// <summary>An optimizer steps that a training steps.</summary>
    StepPastTraining,

    /// <summary>Gradients of a loss that the training has not seen.</summary>
    BackwardPastTraining,

    /// <summary>A schedule goes on whether or not the step was skipped.</summary>
    IgnoredStep,

    /// <summary>Micro-batches are handled as if each were a batch.</summary>
    EachMicroBatch,

    /// <summary>The host waits for the device in each step.</summary>
    DeviceWait,
}

/// <summary>Something that a training loop does wrong.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">Where it is reported.</param>
/// <param name="Others">The other calls that make it wrong.</param>
/// <param name="Arguments">What the message says of it.</param>
/// <param name="Trigger">The call of the body at which it is reported.</param>
internal sealed record Misuse(
    MisuseKind Kind, SyntaxNode At, ImmutableArray<SyntaxNode> Others, ImmutableArray<string> Arguments, SyntaxNode Trigger);
