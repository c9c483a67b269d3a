using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0001: no other file can add to the class.</summary>
internal static class AnnotatedClassIsNotPartial
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.AnnotatedClassIsNotPartial,
        title: "Annotated class is not partial",
        messageFormat: "No forward can be generated for '{0}', because '{1}' is {2}",
        RuleCategories.Annotation,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "The generator adds the forward in another part of the class, so the class and every type around it must be partial and not file-local.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.AnnotatedClassIsNotPartial));

    public static Diagnostic Create(INamedTypeSymbol type, CancellationToken token)
    {
        var culprit = type;
        while (!culprit.IsFileLocal && culprit.IsPartial(token) && culprit.ContainingType is { } outer)
        {
            culprit = outer;
        }

        return Diagnostic.Create(
            Rule,
            type.OfName(token),
            type.Name,
            culprit.Name,
            culprit.IsFileLocal ? "file-local" : "not partial");
    }
}
