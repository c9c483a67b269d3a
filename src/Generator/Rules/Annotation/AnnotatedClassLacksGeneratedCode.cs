using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0008: an annotated class of another assembly runs as if it had no annotation.</summary>
internal static class AnnotatedClassLacksGeneratedCode
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.AnnotatedClassLacksGeneratedCode,
        title: "Annotated class was compiled without the generator",
        messageFormat: "'{0}' is annotated, but '{1}' was compiled without the Precision generator, so it runs as if it were not",
        RuleCategories.Annotation,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "The annotation of a class has an effect only through the code that the generator adds when the class's own assembly is compiled.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.AnnotatedClassLacksGeneratedCode));

    public static Diagnostic Create(INamedTypeSymbol type, Location location)
        => Diagnostic.Create(Rule, location, type.Name, type.ContainingAssembly.Name);
}
