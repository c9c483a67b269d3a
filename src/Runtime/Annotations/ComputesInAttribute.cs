namespace Precision;

/// <summary>
/// Puts a method, or a module class, on the list of operations that compute in one dtype, as libtorch's autocast has such lists for its
/// own. The compiler replaces the calls: in a region, and in true 16-bit, their floating inputs are cast (float64 is left alone, as
/// autocast leaves it), and results are handed on as they are. Elsewhere the calls run as they are written.
/// </summary>
/// <param name="compute">
/// <see cref="Dtype.Float32"/>: inputs are cast to float32 and autocast is off inside, as by
/// <c>torch.amp.custom_fwd(cast_inputs=torch.float32)</c> (torch/amp/autocast_mode.py). <see cref="Dtype.Auto"/>: inputs are cast to
/// the 16-bit dtype that the region, or the model around it, computes in, and the region goes on inside. No other dtype.
/// </param>
/// <remarks>
/// On a module class <c>call</c> and <c>forward</c> are meant, and with <see cref="Dtype.Float32"/> its parameters are stored in float32.
/// The casts of inputs are freed when the call returns: code that keeps one keeps an <c>alias()</c> of it. Uses that the compiler cannot
/// replace (a delegate, <c>base.</c>, a <c>Sequential</c>) are reported by PRC3006. Members of other libraries are put on the lists by
/// the options <c>precision_computes_in_float32</c> and <c>precision_computes_in_lower_precision</c> in an <c>.editorconfig</c> file.
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, Inherited = false)]
public sealed class ComputesInAttribute(Dtype compute) : Attribute
{
    /// <summary><see cref="Dtype.Float32"/>, or <see cref="Dtype.Auto"/> for the 16-bit dtype around the call.</summary>
    public Dtype Compute { get; } = compute;
}
