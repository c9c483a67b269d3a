using Microsoft.CodeAnalysis;

namespace Precision.Generator.Flow.Bodies;

/// <summary>One variable of a body, and how the body uses it.</summary>
/// <param name="slot">Where states keep what is known of it.</param>
/// <param name="isGiven">Whether it has a value before the body begins: a parameter of the body, not of a lambda in it.</param>
internal sealed class Variable(int slot, bool isGiven)
{
    /// <summary>Where states keep what is known of it.</summary>
    public int Slot { get; } = slot;

    /// <summary>Whether it has a value before the body begins: a parameter of the body, not of a lambda in it.</summary>
    public bool IsGiven { get; } = isGiven;

    /// <summary>What its declaration assigns; null where that assigns nothing.</summary>
    public IOperation? Initial { get; set; }

    /// <summary>Whether it is assigned after its declaration.</summary>
    public bool IsReassigned { get; set; }

    /// <summary>Whether a lambda or local function assigns it that it is declared outside of.</summary>
    public bool IsShared { get; set; }

    /// <summary>Whether it holds a collection that is given to code that may change the collection or keep it.</summary>
    public bool IsHandedOut { get; set; }

    /// <summary>Whether it is used for more than calling the lambda that it holds.</summary>
    public bool IsNotOnlyCalled { get; set; }
}
