namespace Precision.Generator.Flow;

/// <summary>One variable of a body, and how the body uses it.</summary>
/// <param name="slot">Where states keep what is known of it.</param>
internal sealed class Variable(int slot)
{
    /// <summary>Where states keep what is known of it.</summary>
    public int Slot { get; } = slot;

    /// <summary>Whether it is assigned after its declaration.</summary>
    public bool IsReassigned { get; set; }

    /// <summary>Whether a lambda or local function assigns it that it is declared outside of.</summary>
    public bool IsShared { get; set; }

    /// <summary>Whether it holds a collection that is given to code that may change the collection or keep it.</summary>
    public bool IsHandedOut { get; set; }

    /// <summary>Whether it is used for more than calling the lambda that it holds.</summary>
    public bool IsNotOnlyCalled { get; set; }
}
