namespace Precision.Generator.Forward.Models;

/// <summary>What a value of a forward's signature is to the generated code.</summary>
internal enum ValueKind
{
    /// <summary>No tensor that could be cast: passed on as it is.</summary>
    Opaque,

    /// <summary>A tensor, null or not.</summary>
    Tensor,

    /// <summary>An array of tensors.</summary>
    TensorArray,

    /// <summary>A type parameter: whether it is a tensor shows at run time.</summary>
    Generic,

    /// <summary>A tuple with a tensor somewhere in it.</summary>
    Tuple,
}
