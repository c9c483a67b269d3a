using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Rules.Training;

/// <summary>Reports faults of training loops. One analyzer, so that a call is visited once.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class TrainingAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [CallOnSomeRanks.Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (TrainingSymbols.Of(start.Compilation) is { } symbols)
            {
                start.RegisterOperationAction(
                    context => CallOnSomeRanks.Analyze(context, (IInvocationOperation)context.Operation, symbols), OperationKind.Invocation);
            }
        });
    }
}
