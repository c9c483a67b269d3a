namespace Precision.Generator.Operations;

/// <summary>The dtype of an operation's first result where autocast leaves the operation alone and no dtype argument is given.</summary>
internal enum ResultDtype
{
    /// <summary>That of the first tensor: the receiver, or the first tensor argument.</summary>
    Input,

    /// <summary>The promotion of all tensor operands.</summary>
    Promoted,

    /// <summary>That of the module's weight.</summary>
    Weight,

    /// <summary>Boolean.</summary>
    Bool,

    /// <summary>64-bit integer.</summary>
    Int64,

    /// <summary>float64.</summary>
    Float64,

    /// <summary>Complex of the dtype that the policy gives.</summary>
    Complex,
}
