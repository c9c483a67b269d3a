using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// Reports operations on 16-bit values that lose accuracy or overflow. One analyzer for all rules, so that a call is looked up
/// once; the dtype flow of a body is found when a rule first needs it.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OperationAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        SoftmaxIn16Bit.Rule,
        ReductionIn16Bit.Rule,
        OverflowInFloat16.Rule,
        LossIn16Bit.Rule,
        ConstantOutOfRange.Rule,
        EpsilonVanishes.Rule,
        ProductOfTwoDtypes.Rule,
        SixteenBitIsAskedFor.Rule,
    ];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName("TorchSharp.torch") is null)
            {
                return;
            }

            var flows = new FlowContext(start.Compilation, start.Options.AnalyzerConfigOptionsProvider);
            start.RegisterOperationAction(
                context =>
                {
                    var (method, receiver) = context.Operation switch
                    {
                        IInvocationOperation invocation => (invocation.TargetMethod, invocation.Instance?.Type),
                        IBinaryOperation binary => (binary.OperatorMethod, null),
                        ICompoundAssignmentOperation assignment => (assignment.OperatorMethod, null),
                        _ => (null, null),
                    };
                    if (method is not null && OperationRules.MayConcern(method.Name))
                    {
                        Analyze(context, method, receiver, flows);
                    }
                },
                OperationKind.Invocation,
                OperationKind.Binary,
                OperationKind.CompoundAssignment);
        });
    }

    private static void Analyze(OperationAnalysisContext context, IMethodSymbol method, ITypeSymbol? receiver, FlowContext flows)
    {
        if (!method.IsTorchSharps())
        {
            return;
        }

        var row = OperationTable.Find(method, receiver);
        var rules = OperationRules.Of(method.Name, row);
        if (rules.Length == 0 || flows.FlowAround(context.Operation, context.ContainingSymbol, context.CancellationToken) is not { } flow)
        {
            return;
        }

        var operation = new OperationContext(context, method, row, flow);
        foreach (var rule in rules)
        {
            rule.Analyze(operation);
        }
    }
}
