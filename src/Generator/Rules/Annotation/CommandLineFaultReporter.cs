using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Generation.Symbols;

namespace Precision.Generator.Rules.Annotation;

/// <summary>
/// Reports PRC0001 and its family where the analyzer cannot: a class that its fault leaves without a <c>forward</c> is an error of
/// the compiler (CS0534), and after such an error a build on the command line runs no analyzers. It would name the missing
/// <c>forward</c> and not the reason. An output of builds: an editor that leaves those out while typing shows each fault once; one
/// that runs them (the workspaces of Roslyn 5.0) may show it twice, in the same words.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class CommandLineFaultReporter : IIncrementalGenerator
{
    /// <summary>The step that finds the faults, for the tests of what is cached.</summary>
    internal const string Faults = nameof(Faults);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        Report(context, AnnotationSymbols.MixedPrecisionAttribute);
        Report(context, AnnotationSymbols.FullPrecisionAttribute);
    }

    private static void Report(IncrementalGeneratorInitializationContext context, string attribute)
        => context.RegisterImplementationSourceOutput(
            context.SyntaxProvider
                .ForAttributeWithMetadataName(attribute, static (node, _) => node is ClassDeclarationSyntax, static (context, token) => Find(context, token))
                .Where(static fault => fault is not null)
                .WithTrackingName(Faults),
            static (context, fault) => context.ReportDiagnostic(fault!.ToDiagnostic(AnnotatedClassAnalyzer.RuleOf(fault.Id))));

    private static CommandLineFault? Find(GeneratorAttributeSyntaxContext context, CancellationToken token)
        => context.TargetSymbol is INamedTypeSymbol { IsAbstract: false } type
            && LacksForward(type, token)
            && !IsAlsoMixedPrecision(context, type)
            && AnnotatedClassAnalyzer.FindFault(type, token) is { } diagnostic
                ? CommandLineFault.Of(diagnostic)
                : null;

    /// <summary>Whether the compiler will miss a <c>forward</c> in a class that gets none of its own.</summary>
    private static bool LacksForward(INamedTypeSymbol type, CancellationToken token)
    {
        if (type.FindGenericModule() is null
            || (AnnotatedClassAnalysis.FindAnnotatedBase(type) is { } annotatedBase && AnnotatedClassAnalysis.IsGenerated(annotatedBase, token)))
        {
            return false;
        }

        for (var current = type; current is not null && !current.IsGenericModule(); current = current.BaseType)
        {
            foreach (var member in current.GetMembers(AnnotatedClassAnalysis.Forward))
            {
                if (member is IMethodSymbol { IsOverride: true })
                {
                    return member.IsAbstract;
                }
            }
        }

        return true;
    }

    /// <summary>Whether the attribute is the second of two: the fault of a class with both is told once, at the first's turn.</summary>
    private static bool IsAlsoMixedPrecision(GeneratorAttributeSyntaxContext context, INamedTypeSymbol type)
        => context.Attributes[0].AttributeClass?.Name is "FullPrecisionAttribute" && type.FindMixedPrecision() is not null;
}
