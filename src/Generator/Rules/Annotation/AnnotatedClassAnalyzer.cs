using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Rules.Annotation;

/// <summary>
/// Reports why nothing is generated for an annotated class. One analyzer for all rules about declarations, because one
/// analysis (<see cref="AnnotatedClassAnalysis"/>, the generator's own) decides them all.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AnnotatedClassAnalyzer : DiagnosticAnalyzer
{
    private static readonly ImmutableArray<DiagnosticDescriptor> Rules =
    [
        AnnotatedClassIsNotPartial.Rule,
        AnnotatedClassIsNotAModule.Rule,
        AnnotatedClassOverridesForward.Rule,
        AnnotatedClassHasNothingToCall.Rule,
        DtypeCannotBeUsed.Rule,
        AnnotationsConflict.Rule,
        Float16OnCpuOnly.Rule,
        OverrideBypassesGeneratedForward.Rule,
        GeneratedNameIsTaken.Rule,
        TensorsOutOfReach.Rule,
        FunctionCannotBeGenerated.Rule,
    ];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => Rules;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();

        // Generated files too: where nothing is generated for a class, somebody must say so.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName("Precision." + AnnotationSymbols.MixedPrecisionAttribute) is null)
            {
                return;
            }

            var isCpuOnly = Float16OnCpuOnly.IsKnown(start.Compilation, start.Options);
            start.RegisterSymbolAction(
                context =>
                {
                    if (context.Symbol is INamedTypeSymbol { TypeKind: TypeKind.Class } type)
                    {
                        foreach (var diagnostic in Find(type, isCpuOnly, context.CancellationToken))
                        {
                            context.ReportDiagnostic(diagnostic);
                        }
                    }
                },
                SymbolKind.NamedType);
        });
    }

    private static IEnumerable<Diagnostic> Find(INamedTypeSymbol type, bool isCpuOnly, CancellationToken token)
    {
        if (type.FindMixedPrecisionFunction() is not null && FunctionCannotBeGenerated.Find(type, token) is { } fault)
        {
            return OfOne(fault);
        }

        if (!type.IsAnnotated())
        {
            return OfOne(OverrideBypassesGeneratedForward.Find(type, token));
        }

        var analysis = AnnotatedClassAnalysis.Of(type, token);
        return analysis.Fault is not AnnotationFault.None
            ? OfOne(OfFault(type, analysis, token))
            : TensorsOutOfReach.Find(type, analysis, token)
                .Concat(OfOne(isCpuOnly && Float16OnCpuOnly.Applies(analysis.Policy) ? Float16OnCpuOnly.Create(type, token) : null));
    }

    private static IEnumerable<Diagnostic> OfOne(Diagnostic? diagnostic) => diagnostic is null ? [] : [diagnostic];

    /// <summary>The rule of an id.</summary>
    internal static DiagnosticDescriptor RuleOf(string id) => Rules.First(rule => rule.Id == id);

    /// <summary>Why nothing is generated for an annotated class; null where something is, or where the compiler says it.</summary>
    internal static Diagnostic? FindFault(INamedTypeSymbol type, CancellationToken token)
        => OfFault(type, AnnotatedClassAnalysis.Of(type, token), token);

    private static Diagnostic? OfFault(INamedTypeSymbol type, AnnotatedClassAnalysis analysis, CancellationToken token)
    {
        switch (analysis.Fault)
        {
            case AnnotationFault.NotPartial or AnnotationFault.FileLocal:
                return AnnotatedClassIsNotPartial.Create(type, token);
            case AnnotationFault.NotGenericModule:
                return AnnotatedClassIsNotAModule.Create(type, token);
            case AnnotationFault.OverridesForward:
                return AnnotatedClassOverridesForward.Create(type, analysis.Module!);
            case AnnotationFault.NoForwardCore
                or AnnotationFault.ForwardCoreSignature
                or AnnotationFault.SealedForward
                or AnnotationFault.OverloadIsPreferred:
                return AnnotatedClassHasNothingToCall.Create(type, analysis, token);
            case AnnotationFault.UnusableDtype:
                return DtypeCannotBeUsed.Create(type, analysis.Policy!, token);
            case AnnotationFault.ConflictingAnnotations:
                return AnnotationsConflict.Create(type, analysis, token);
            case AnnotationFault.NameIsTaken:
                return GeneratedNameIsTaken.Create(type, analysis.Taken!, token);
            case AnnotationFault.FaultyBase:
                // A base in source has a diagnostic of its own.
                return analysis.AnnotatedBase!.DeclaringSyntaxReferences.IsEmpty ? AnnotationsConflict.Create(type, analysis, token) : null;
            default:
                return null;
        }
    }
}
