using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0010: the user's code has a member of a name that a generated one needs.</summary>
internal static class GeneratedNameIsTaken
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.GeneratedNameIsTaken,
        title: "Name of a generated member is taken",
        messageFormat: "No code can be generated for '{0}', because {1} has the name of a generated member: rename it",
        RuleCategories.Annotation,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "The generator adds forward, PrecisionPolicy and CreateMasterWeights to an annotated class, so the class can declare no member or primary constructor's parameter of the same name, and its bases none that cannot be hidden or overridden.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.GeneratedNameIsTaken));

    public static Diagnostic Create(INamedTypeSymbol type, ISymbol taken, CancellationToken token)
    {
        var isOwn = SymbolEqualityComparer.Default.Equals(taken.ContainingType, type) && !SymbolEqualityComparer.Default.Equals(taken, type);
        return Diagnostic.Create(
            Rule,
            isOwn ? taken.Locations[0] : type.OfName(token),
            type.Name,
            SymbolEqualityComparer.Default.Equals(taken, type) ? "the class itself" : $"'{taken.ContainingType.Name}.{taken.Name}'");
    }
}
