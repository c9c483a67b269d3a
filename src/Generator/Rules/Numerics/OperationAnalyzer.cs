using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Flow;
using Precision.Generator.Rules.Regions;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// Reports operations on 16-bit values that lose accuracy or overflow. One analyzer for all rules, so that a call is looked up
/// once; the dtype flow of a body is found when a rule first needs it.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OperationAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => Rules;

    /// <summary>What it reports.</summary>
    internal static ImmutableArray<DiagnosticDescriptor> Rules { get; } =
    [
        SoftmaxIn16Bit.Rule,
        ReductionIn16Bit.Rule,
        OverflowInFloat16.Rule,
        LogarithmIn16Bit.Rule,
        LossIn16Bit.Rule,
        LossOfProbabilities.Rule,
        ConstantOutOfRange.Rule,
        EpsilonVanishes.Rule,
        ProductOfTwoDtypes.Rule,
        PositionsIn16Bit.Rule,
        AccumulationIn16Bit.Rule,
        UnstableComposition.Rule,
        ScalingAfterProduct.Rule,
        StatisticsIn16Bit.Rule,
        Float32IsLost.Rule,
        SixteenBitIsAskedFor.Rule,
        EqualityIn16Bit.Rule,
        AnglesIn16Bit.Rule,
        ModuleHasNoSummary.Rule,
        FunctionIsNotMarked.Rule,
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
                context => OperationRules.Analyze(
                    new(
                        context.Operation,
                        context.ContainingSymbol,
                        context.Options.AnalyzerConfigOptionsProvider,
                        context.ReportDiagnostic,
                        context.CancellationToken),
                    flows),
                OperationKind.Invocation,
                OperationKind.Binary,
                OperationKind.CompoundAssignment,
                OperationKind.SimpleAssignment);
            start.RegisterSemanticModelAction(context =>
            {
                var tree = context.SemanticModel.SyntaxTree;
                foreach (var diagnostic in CompiledModules.Diagnostics(flows, tree, context.CancellationToken)
                    .Concat(FunctionIsNotMarked.Find(flows, tree, context.CancellationToken)))
                {
                    context.ReportDiagnostic(diagnostic);
                }
            });
        });
    }
}
