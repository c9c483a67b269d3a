namespace Precision.Generator.Forward.Models;

/// <summary>What a generated forward calls.</summary>
internal enum ForwardTarget
{
    /// <summary>The class's own or an inherited <c>ForwardCore</c>.</summary>
    ForwardCore,

    /// <summary>The concrete <c>base.forward</c> of a class that is wrapped without editing it.</summary>
    BaseForward,
}
