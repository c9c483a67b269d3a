using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0002: the class has no forward that could be overridden.</summary>
internal static class AnnotatedClassIsNotAModule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.AnnotatedClassIsNotAModule,
        title: "Annotated class is not a torch.nn.Module<…>",
        messageFormat: "'{0}' does not derive from torch.nn.Module<…, TResult>, so it has no forward to run in mixed precision: derive it from one of these, or remove the attribute",
        RuleCategories.Annotation,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "Only a class that derives from torch.nn.Module<T1, …, TResult> has a forward of known inputs and result.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.AnnotatedClassIsNotAModule));

    public static Diagnostic Create(INamedTypeSymbol type, CancellationToken token)
        => Diagnostic.Create(Rule, type.OfName(token), type.Name);
}
