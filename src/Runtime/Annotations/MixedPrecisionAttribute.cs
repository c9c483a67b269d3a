namespace Precision;

/// <summary>
/// Makes a module class run its forward in mixed precision. The class must be <c>partial</c> and derive from
/// <c>torch.nn.Module&lt;…&gt;</c>; it either declares <c>ForwardCore</c>, written as if everything were float32, or
/// inherits a concrete <c>forward</c>. The generator adds the <c>forward</c> that enters the autocast region.
/// </summary>
/// <param name="compute">The dtype of matrix products, convolutions and attention. Not <see cref="Dtype.Unspecified"/>.</param>
/// <remarks>
/// The attribute gives the default; <see cref="IMixedPrecisionModule.PrecisionPolicy"/> changes it for one model at run time.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MixedPrecisionAttribute(Dtype compute) : Attribute
{
    /// <summary>The dtype of matrix products, convolutions and attention.</summary>
    public Dtype Compute { get; } = compute;

    /// <summary>
    /// How parameters are stored: <see cref="Dtype.Float32"/>, or <see cref="Compute"/> with float32 master weights beside
    /// them. Unspecified means float32 in a region and <see cref="Compute"/> where <see cref="Autocast"/> is false.
    /// </summary>
    public Dtype Parameters { get; init; }

    /// <summary>
    /// What floating results of the forward are cast to. Unspecified: the outermost generated forward returns 16-bit results
    /// as float32, so that a loss outside is computed in float32, and nested ones return them as they are.
    /// </summary>
    public Dtype Output { get; init; }

    /// <summary>
    /// True (the default): libtorch's autocast decides for each operation. False: true 16-bit, where parameters and floating
    /// inputs have the compute dtype and every operation runs in it.
    /// </summary>
    public bool Autocast { get; init; } = true;
}
