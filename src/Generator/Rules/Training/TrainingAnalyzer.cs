using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Protocol;

namespace Precision.Generator.Rules.Training;

/// <summary>Reports faults of training loops. One analyzer, so that a call is visited once.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class TrainingAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [.. ProtocolRules.All, CallOnSomeRanks.Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (TrainingSymbols.Of(start.Compilation) is { } symbols)
            {
                var protocol = new TrainingProtocol(start.Compilation);
                start.RegisterOperationAction(
                    context =>
                    {
                        var call = (IInvocationOperation)context.Operation;
                        CallOnSomeRanks.Analyze(context, call, symbols);
                        if (TrainingMembers.Of(call.TargetMethod) is not TrainingMember.None)
                        {
                            ProtocolRules.Analyze(context, protocol);
                        }
                    },
                    OperationKind.Invocation);
                start.RegisterOperationAction(
                    context =>
                    {
                        if (TrainingMembers.IsOptimizer(context.Operation.Type) || TrainingMembers.IsScaler(context.Operation.Type))
                        {
                            ProtocolRules.Analyze(context, protocol);
                        }
                    },
                    OperationKind.ObjectCreation);
            }
        });
    }
}
