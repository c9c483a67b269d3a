using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Precision.Generator.Rules.Annotation;

/// <summary>A diagnostic as values, so that the pipeline can compare it.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Message">The whole message.</param>
/// <param name="Path">The file.</param>
/// <param name="Span">Where in the file, in characters.</param>
/// <param name="Lines">Where in the file, in lines.</param>
internal sealed record CommandLineFault(string Id, string Message, string Path, TextSpan Span, LinePositionSpan Lines)
{
    public static CommandLineFault Of(Diagnostic diagnostic)
    {
        var lines = diagnostic.Location.GetLineSpan();
        return new(
            diagnostic.Id,
            diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture),
            lines.Path,
            diagnostic.Location.SourceSpan,
            lines.Span);
    }

    /// <summary>The diagnostic again, by its rule.</summary>
    public Diagnostic ToDiagnostic(DiagnosticDescriptor rule)
        => Diagnostic.Create(
            Id,
            rule.Category,
            Message,
            rule.DefaultSeverity,
            rule.DefaultSeverity,
            rule.IsEnabledByDefault,
            warningLevel: 0,
            rule.Title,
            rule.Description,
            rule.HelpLinkUri,
            Location.Create(Path, Span, Lines));
}
