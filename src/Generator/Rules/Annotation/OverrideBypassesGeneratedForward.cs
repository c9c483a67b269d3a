using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0009: a class without annotation replaces the generated forward that it inherits.</summary>
internal static class OverrideBypassesGeneratedForward
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.OverrideBypassesGeneratedForward,
        title: "Override bypasses the generated forward",
        messageFormat: "'{0}' overrides the forward that was generated for '{1}' and never calls it, so it runs without '{1}'s precision: override ForwardCore, or call base.forward",
        RuleCategories.Annotation,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Only the generated forward enters the autocast region. A derived class that replaces it runs in the dtype of its inputs.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.OverrideBypassesGeneratedForward));

    /// <summary>The diagnostic for a class without annotation; null when there is nothing to say.</summary>
    public static Diagnostic? Find(INamedTypeSymbol type, CancellationToken token)
    {
        if (type.GetMembers(AnnotatedClassAnalysis.Forward).IsEmpty
            || type.FindGenericModule() is not { } module
            || AnnotatedClassAnalysis.FindForward(type, module) is not { IsAbstract: false } forward
            || AnnotatedClassAnalysis.FindAnnotatedBase(type) is not { } annotatedBase
            || !AnnotatedClassAnalysis.IsGenerated(annotatedBase, token)
            || CallsBase(forward, token))
        {
            return null;
        }

        return Diagnostic.Create(Rule, forward.Locations[0], type.Name, annotatedBase.Name);
    }

    private static bool CallsBase(IMethodSymbol forward, CancellationToken token)
        => forward.DeclaringSyntaxReferences.Any(reference => reference.GetSyntax(token)
            .DescendantNodes()
            .Any(node => node is MemberAccessExpressionSyntax
            {
                Expression: BaseExpressionSyntax,
                Name.Identifier.ValueText: AnnotatedClassAnalysis.Forward,
            }));
}
