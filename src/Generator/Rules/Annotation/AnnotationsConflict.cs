using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0006: a class and its bases disagree about what the class is.</summary>
internal static class AnnotationsConflict
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.AnnotationsConflict,
        title: "Annotation conflicts with another one",
        messageFormat: "The annotation of '{0}' cannot work, because {1}",
        RuleCategories.Annotation,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        description: "A class and its annotated bases share one forward, so all of them are [MixedPrecision] or all are [FullPrecision], and all went through the generator.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.AnnotationsConflict));

    public static Diagnostic Create(INamedTypeSymbol type, AnnotatedClassAnalysis analysis, CancellationToken token)
        => Diagnostic.Create(Rule, type.OfAnnotation(token), type.Name, Reason(type, analysis));

    private static string Reason(INamedTypeSymbol type, AnnotatedClassAnalysis analysis) => analysis switch
    {
        { AnnotatedBase: null } => "a class is either [MixedPrecision] or [FullPrecision]",
        { Fault: AnnotationFault.FaultyBase, AnnotatedBase: var annotatedBase }
            => $"its base '{annotatedBase.Name}' in '{annotatedBase.ContainingAssembly.Name}' was compiled without the Precision generator",
        { AnnotatedBase: var annotatedBase } when type.FindMixedPrecision() is not null
            => $"its base '{annotatedBase.Name}' is [FullPrecision]: its forward turns autocast off",
        { AnnotatedBase: var annotatedBase }
            => $"its base '{annotatedBase.Name}' is [MixedPrecision]: set PrecisionPolicy to PrecisionPolicy.Float32 instead",
    };
}
