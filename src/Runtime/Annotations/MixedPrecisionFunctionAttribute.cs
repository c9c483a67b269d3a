namespace Precision;

/// <summary>
/// Gives a custom autograd function its backward in the precision of its forward: the counterpart of
/// <c>torch.amp.custom_fwd</c> and <c>custom_bwd</c> (torch/amp/autocast_mode.py). The class must be <c>partial</c>, derive from
/// <c>torch.autograd.SingleTensorFunction&lt;T&gt;</c> or <c>MultiTensorFunction&lt;T&gt;</c>, and declare <c>ForwardCore</c> and
/// <c>BackwardCore</c> with the parameters and results of <c>forward</c> and <c>backward</c>. The generator adds these two: the forward
/// remembers the thread's autocast state, and the backward has it again, on whichever thread and in whatever region it runs.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MixedPrecisionFunctionAttribute : Attribute
{
    /// <summary>
    /// The dtype that the function computes in, as <c>cast_inputs</c> of <c>custom_fwd</c>: <see cref="Dtype.Float32"/>,
    /// <see cref="Dtype.Float16"/> or <see cref="Dtype.BFloat16"/>. Where autocast is on, floating tensors among the arguments are cast
    /// to it (float64, and tensors in collections, are left alone) and autocast is off inside; where it is off, nothing changes.
    /// Not given, the function runs in the autocast of its caller.
    /// </summary>
    public Dtype CastInputs { get; init; }
}
