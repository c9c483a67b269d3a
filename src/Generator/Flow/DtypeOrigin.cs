using Microsoft.CodeAnalysis;

namespace Precision.Generator.Flow;

/// <summary>Where a value got its dtype.</summary>
/// <param name="Syntax">The expression that gave it.</param>
/// <param name="Reason">How, as part of a sentence: <c>cast by 'half'</c>.</param>
internal sealed record DtypeOrigin(SyntaxNode Syntax, string Reason)
{
    /// <summary>The place.</summary>
    public Location Location => Syntax.GetLocation();

    /// <summary>For a message: <c>cast by 'half' in line 7</c>.</summary>
    public override string ToString() => $"{Reason} in line {Location.GetLineSpan().StartLinePosition.Line + 1}";
}
