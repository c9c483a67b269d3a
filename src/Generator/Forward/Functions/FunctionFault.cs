namespace Precision.Generator.Forward.Functions;

/// <summary>Why no forward and backward can be generated for a class marked <c>[MixedPrecisionFunction]</c> (PRC0012).</summary>
internal enum FunctionFault
{
    None,

    /// <summary>The class derives from neither base of custom autograd functions.</summary>
    NotAFunction,

    /// <summary>The class, or a type around it, is not partial.</summary>
    NotPartial,

    /// <summary>The class, or a type around it, is file-local: no other file can add to it.</summary>
    FileLocal,

    /// <summary><c>CastInputs</c> is no dtype to cast to.</summary>
    UnusableDtype,

    /// <summary>The class overrides <c>forward</c> or <c>backward</c> itself.</summary>
    OverridesItself,

    /// <summary>A base seals <c>forward</c> or <c>backward</c>.</summary>
    Sealed,

    /// <summary>
    /// The class, a type parameter, a member that is no method, or a method with the same parameters that overrides nothing is called
    /// <c>forward</c> or <c>backward</c>.
    /// </summary>
    NameIsTaken,

    /// <summary>A <c>ForwardCore</c> or <c>BackwardCore</c> is missing.</summary>
    NoCore,

    /// <summary>There is one of the name, and none with the parameters and the result that it needs.</summary>
    CoreSignature,
}
