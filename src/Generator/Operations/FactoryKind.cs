namespace Precision.Generator.Operations;

/// <summary>What dtype a member gives that makes tensors, or hands on the one that it is given.</summary>
internal enum FactoryKind
{
    /// <summary>The default dtype, unless the call names one.</summary>
    Default,

    /// <summary>That of the number which fills it.</summary>
    Filled,

    /// <summary>That of the numbers at its ends.</summary>
    Range,

    Int64,

    Bool,

    /// <summary>Dtype and shape of the tensor that it is given.</summary>
    Like,

    /// <summary>The dtype of the tensor that it is called on, in another shape.</summary>
    New,

    /// <summary>That of the data.</summary>
    Data,

    /// <summary>The tensor itself: moved, renamed or filled, but of the same dtype.</summary>
    Same,
}
