namespace Precision;

/// <summary>Where an infinity or NaN was found.</summary>
public enum NonFiniteKind
{
    /// <summary>In a parameter, its master, or a buffer.</summary>
    Weight,

    /// <summary>In what a module got: the code before it made it.</summary>
    Input,

    /// <summary>In what a module returned.</summary>
    Output,

    /// <summary>In the loss.</summary>
    Loss,

    /// <summary>In a parameter's gradient.</summary>
    Gradient,
}
