using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0004: there is no method for the generated forward to call, or none that may override.</summary>
internal static class AnnotatedClassHasNothingToCall
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.AnnotatedClassHasNothingToCall,
        title: "Annotated class has no usable ForwardCore or inherited forward",
        messageFormat: "No forward can be generated for '{0}', because {1}",
        RuleCategories.Annotation,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "The generated forward calls the class's ForwardCore, which has the parameters and result of forward, or the concrete and unsealed forward that the class inherits. No overload that C# prefers may be in between.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.AnnotatedClassHasNothingToCall));

    public static Diagnostic Create(INamedTypeSymbol type, AnnotatedClassAnalysis analysis, CancellationToken token)
        => analysis.Fault switch
        {
            AnnotationFault.ForwardCoreSignature => Create(
                type,
                type.GetMembers(AnnotatedClassAnalysis.ForwardCore)[0].Locations[0],
                $"its ForwardCore is not an instance method '{Signature(analysis.Module!)}'"),
            AnnotationFault.SealedForward => Create(
                type,
                type.OfName(token),
                "the forward that it inherits is sealed: hold such a model in a field and call it from ForwardCore"),
            AnnotationFault.OverloadIsPreferred => Create(
                type,
                type.OfName(token),
                $"C# would bind its call of '{Short(analysis.Target!)}' to '{Short(analysis.Taken!)}': rename one of them"),
            _ => Create(
                type,
                type.OfName(token),
                $"it neither declares '{Signature(analysis.Module!)}' nor inherits a concrete forward"),
        };

    private static Diagnostic Create(INamedTypeSymbol type, Location location, string reason)
        => Diagnostic.Create(Rule, location, type.Name, reason);

    private static string Short(ISymbol method) => method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat);

    private static string Signature(INamedTypeSymbol module)
    {
        var types = module.TypeArguments.Select(type => type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)).ToArray();
        return $"{types[types.Length - 1]} ForwardCore({string.Join(", ", types.Take(types.Length - 1))})";
    }
}
