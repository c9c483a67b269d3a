namespace Precision;

/// <summary>
/// What is wrong with the order of the calls in a training loop, in the words of both halves: the analyzers say it of code that they see, and
/// the library of calls that they do not see. Compiled into the generator too.
/// </summary>
internal static class ProtocolMessages
{
    public const string SixteenBitParameters = "The parameters of '{0}' are {1} here, so small updates by this optimizer round away to nothing: "
        + "keep them in float32, or optimize the master weights from CreateMasterWeights()";

    public const string MadeBeforeConversion = "The optimizer '{0}' is created before '{2}' replaces the parameters of '{1}' and keeps the old "
        + "ones: create it afterwards";

    public const string NoScaling = "The gradients of a Float16 model reach '{0}' without loss scaling, so small ones have already underflowed "
        + "to 0: train with MixedPrecisionTraining, or scale the loss with a GradScaler";

    public const string NeedlessScaling = "'{0}' scales the loss of a BFloat16 model, whose gradients have the range of float32: create the "
        + "scaler with 'enabled: false', or drop it";

    public const string MissingUpdate = "'{0}.{1}' runs for '{2}' again without '{0}.update' in between: call 'update' once per iteration, also "
        + "before any 'continue'";

    public const string CalledTwice = "'{0}' is called twice in a row: remove one of the calls";

    public const string UnscaledAfterStep = "'{0}.unscale_' comes after '{0}.step' of '{1}', which has unscaled the gradients: call it before "
        + "the step, or not at all";

    public const string UpdatedBetweenSteps = "'{0}.update' comes before the step of '{1}', whose gradients still carry the old scale: update "
        + "once, after all steps";

    public const string SteppedPastScaler = "'{0}.step' uses gradients of a loss scaled by '{1}': call '{1}.step({0})'";

    public const string BackwardPastScaler = "The loss was not scaled, but '{0}.{1}({2})' divides its gradients by the scale: call "
        + "'{0}.scale(loss).backward()'";

    public const string SteppedPastTraining = "'{0}.step' bypasses '{1}': call '{1}.Step()'";

    public const string BackwardPastTraining = "'{0}.Step' does not see the gradients of this 'backward': call '{0}.Backward(loss)'";

    public const string EachMicroBatch = "'{0}.{1}' runs for every micro-batch, but the optimizer steps only after several: call it next to the "
        + "step";

    public const string BackwardInRegion = "'{0}' runs inside the autocast region, which is for the forward: its operations have their dtypes "
        + "already, so end the region before it";
}
