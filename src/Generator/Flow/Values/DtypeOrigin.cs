using Microsoft.CodeAnalysis;

namespace Precision.Generator.Flow.Values;

/// <summary>Where a value got its dtype.</summary>
/// <param name="Syntax">The expression that gave it.</param>
/// <param name="Reason">How, as part of a sentence: <c>cast by</c>.</param>
/// <param name="Member">The member that the reason is about; null where it is about none.</param>
internal sealed record DtypeOrigin(SyntaxNode Syntax, string Reason, string? Member = null)
{
    /// <summary>The place.</summary>
    public Location Location => Syntax.GetLocation();

    /// <summary>For a message: <c>cast by 'half' on line 7</c>, of another file with its name.</summary>
    /// <param name="reader">The file that the message is about.</param>
    public string ToText(SyntaxTree reader)
    {
        var span = Location.GetLineSpan();
        var file = Syntax.SyntaxTree == reader ? "" : $" of {Path.GetFileName(span.Path)}";
        return $"{Reason}{(Member is null ? "" : $" '{Member}'")} on line {span.StartLinePosition.Line + 1}{file}";
    }
}
