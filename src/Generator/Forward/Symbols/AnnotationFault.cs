namespace Precision.Generator.Forward.Symbols;

/// <summary>
/// Why no code can be generated for an annotated class. The generator generates exactly where there is none; the analyzers
/// of PRC0001 to PRC0006 and PRC0010 report them.
/// </summary>
internal enum AnnotationFault
{
    None,

    /// <summary>The class, or a type around it, is not partial (PRC0001).</summary>
    NotPartial,

    /// <summary>The class, or a type around it, is file-local: no other file can add to it (PRC0001).</summary>
    FileLocal,

    /// <summary>The class does not derive from a <c>torch.nn.Module&lt;…&gt;</c> (PRC0002).</summary>
    NotGenericModule,

    /// <summary>The class overrides <c>forward</c> itself, where the generated one belongs (PRC0003).</summary>
    OverridesForward,

    /// <summary>There is neither a <c>ForwardCore</c> nor a concrete inherited <c>forward</c> (PRC0004).</summary>
    NoForwardCore,

    /// <summary>There is a <c>ForwardCore</c>, and none with the signature of <c>forward</c> (PRC0004).</summary>
    ForwardCoreSignature,

    /// <summary>The inherited <c>forward</c> is sealed (PRC0004).</summary>
    SealedForward,

    /// <summary>C# prefers an overload to the method that the generated forward is to call (PRC0004).</summary>
    OverloadIsPreferred,

    /// <summary>The attribute's dtypes do not fit together (PRC0005).</summary>
    UnusableDtype,

    /// <summary>Both attributes on one class, or one on a class whose base has the other (PRC0006).</summary>
    ConflictingAnnotations,

    /// <summary>
    /// An annotated base in source has a fault itself, or one in another assembly lacks its generated code. Reported there;
    /// the latter where the class is declared.
    /// </summary>
    FaultyBase,

    /// <summary>The user's code has taken the name of a member that would be generated (PRC0010).</summary>
    NameIsTaken,

    /// <summary>The attribute does not compile; the compiler says so.</summary>
    BrokenAttribute,
}
