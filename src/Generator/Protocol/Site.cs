using Microsoft.CodeAnalysis;

namespace Precision.Generator.Protocol;

/// <summary>Where something happened.</summary>
/// <param name="Anchor">In the body that is analysed: the call itself, or the call of the helper in which it stands.</param>
/// <param name="Actual">The call itself.</param>
internal readonly record struct Site(SyntaxNode Anchor, SyntaxNode Actual)
{
    /// <summary>Whether it stands in the body that is analysed.</summary>
    public bool IsHere => Anchor == Actual;
}
