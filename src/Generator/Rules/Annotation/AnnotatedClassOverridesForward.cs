using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0003: the class has the method that the generator would add.</summary>
internal static class AnnotatedClassOverridesForward
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.AnnotatedClassOverridesForward,
        title: "Annotated class overrides forward itself",
        messageFormat: "'{0}' overrides forward itself, where the generated forward belongs: rename it to ForwardCore",
        RuleCategories.Annotation,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "The generated forward enters the autocast region and calls ForwardCore; a class cannot have two forwards.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.AnnotatedClassOverridesForward));

    public static Diagnostic Create(INamedTypeSymbol type, INamedTypeSymbol module)
        => Diagnostic.Create(Rule, AnnotatedClassAnalysis.FindForward(type, module)!.Locations[0], type.Name);
}
