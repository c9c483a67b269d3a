namespace Precision.Generator.Forward.Models;

/// <summary>What a value of a forward's signature is to the generated code.</summary>
internal enum ValueKind
{
    /// <summary>No tensor that could be cast: passed on as it is.</summary>
    Opaque,

    /// <summary>Tensors are in it, and generated code cannot replace them (PRC0011): passed on as it is.</summary>
    OutOfReach,

    /// <summary>A tensor, null or not.</summary>
    Tensor,

    /// <summary>A type parameter: whether it is a tensor shows at run time.</summary>
    Generic,

    /// <summary>A tuple, whose elements are assigned.</summary>
    Tuple,

    /// <summary>A <c>Nullable</c>; its one member is the value.</summary>
    Nullable,

    /// <summary>An array, a list or another sequence; its one member is the element.</summary>
    Items,

    /// <summary>A dictionary; its members are the key and the value.</summary>
    Dictionary,

    /// <summary>A record, or a struct with init-only members: copied by <c>with</c>.</summary>
    Record,

    /// <summary>A struct whose members can be assigned.</summary>
    Struct,

    /// <summary>A class: a shallow copy gets the members.</summary>
    Class,
}
