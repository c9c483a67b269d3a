using Microsoft.CodeAnalysis;

namespace Precision.Generator.Protocol;

/// <summary>Whether a tensor was multiplied by a loss scale.</summary>
internal enum Scaling
{
    /// <summary>It may be.</summary>
    Unknown,

    /// <summary>It was not.</summary>
    Plain,

    /// <summary>It was.</summary>
    Scaled,
}

/// <summary>What a tensor is made of.</summary>
/// <param name="Scaling">Whether it was multiplied by a loss scale.</param>
/// <param name="Scaler">The scaler whose scale that is; null where it is not known.</param>
/// <param name="Models">The dtypes that annotated models computed it in.</param>
/// <param name="Model">The model's call; of several the first one that runs in Float16.</param>
/// <param name="IsComputed">Whether something computes it that can be seen.</param>
/// <param name="IsDivided">Whether something in it is divided or multiplied.</param>
/// <param name="IsFromCaller">Whether the caller of a helper decides it.</param>
internal sealed record TensorValue(
    Scaling Scaling,
    Place? Scaler = null,
    ModelDtypes Models = ModelDtypes.None,
    SyntaxNode? Model = null,
    bool IsComputed = false,
    bool IsDivided = false,
    bool IsFromCaller = false)
{
    /// <summary>A tensor that nothing is known of.</summary>
    public static readonly TensorValue Unknown = new(Scaling.Unknown);

    /// <summary>A value that has nothing to do with a loss.</summary>
    public static readonly TensorValue Input = new(Scaling.Plain);

    /// <summary>What is computed of two values.</summary>
    public static TensorValue Combine(TensorValue a, TensorValue b) => Merge(a, b) with
    {
        Scaling = a.Scaling is Scaling.Scaled || b.Scaling is Scaling.Scaled ? Scaling.Scaled
            : a.Scaling is Scaling.Unknown || b.Scaling is Scaling.Unknown ? Scaling.Unknown : Scaling.Plain,
    };

    /// <summary>One of two values.</summary>
    public static TensorValue Either(TensorValue a, TensorValue b) => Merge(a, b) with
    {
        Scaling = a.Scaling == b.Scaling ? a.Scaling : Scaling.Unknown,
        IsComputed = a.IsComputed && b.IsComputed,
    };

    private static TensorValue Merge(TensorValue a, TensorValue b) => new(
        Scaling.Unknown,
        a.Scaler ?? b.Scaler,
        a.Models | b.Models,
        (b.Models & ModelDtypes.Float16) != 0 && (a.Models & ModelDtypes.Float16) == 0 ? b.Model : a.Model ?? b.Model,
        a.IsComputed || b.IsComputed,
        a.IsDivided || b.IsDivided,
        a.IsFromCaller || b.IsFromCaller);
}

/// <summary>The dtypes that annotated models compute in.</summary>
[Flags]
internal enum ModelDtypes
{
    /// <summary>No annotated model.</summary>
    None = 0,

    /// <summary>Float16.</summary>
    Float16 = 1,

    /// <summary>BFloat16.</summary>
    BFloat16 = 2,

    /// <summary>Another one, or one that is chosen at run time.</summary>
    Other = 4,
}
