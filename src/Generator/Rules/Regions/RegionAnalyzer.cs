using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Interception;
using Precision.Generator.Lists;

namespace Precision.Generator.Rules.Regions;

/// <summary>Reports what must not happen in or around an autocast region. One analyzer, so that a call is visited once.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RegionAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        RegionIsLeftByThread.Rule,
        BackwardInsideRegion.Rule,
        RegionIsNotDisposed.Rule,
        AnnotatedModelIsConverted.Rule,
        CallIsNotIntercepted.Rule,
    ];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (RegionSymbols.Of(start.Compilation) is not { } symbols)
            {
                return;
            }

            var identical = new IdenticalFiles(start.Compilation);
            var lists = OperationLists.Of(start.Compilation, start.Options.AnalyzerConfigOptionsProvider, start.CancellationToken);
            start.RegisterOperationAction(
                context => RegionIsLeftByThread.AnalyzeSuspension(context, symbols),
                OperationKind.Await,
                OperationKind.YieldReturn,
                OperationKind.Loop);
            start.RegisterOperationAction(
                context =>
                {
                    var invocation = (IInvocationOperation)context.Operation;
                    RegionIsLeftByThread.AnalyzeInvocation(context, invocation, symbols);
                    RegionIsNotDisposed.Analyze(context, invocation, symbols);
                    BackwardInsideRegion.Analyze(context, invocation, symbols);
                    AnnotatedModelIsConverted.Analyze(context, invocation);
                    CallIsNotIntercepted.AnalyzeInvocation(context, invocation, lists, identical);
                },
                OperationKind.Invocation);
            start.RegisterOperationAction(
                context => RegionIsLeftByThread.AnalyzeCreation(context, (IObjectCreationOperation)context.Operation, symbols),
                OperationKind.ObjectCreation);
            start.RegisterOperationAction(CallIsNotIntercepted.AnalyzeMethodReference, OperationKind.MethodReference);
            start.RegisterOperationAction(CallIsNotIntercepted.AnalyzeDynamicInvocation, OperationKind.DynamicInvocation);
            start.RegisterOperationAction(
                CallIsNotIntercepted.AnalyzeMemberReference,
                OperationKind.FieldReference,
                OperationKind.PropertyReference);
            if (!lists.IsEmpty)
            {
                var uses = new UnlistedUses(lists, identical, InterceptionGenerator.IsAllowed(start.Compilation));
                start.RegisterOperationAction(uses.Analyze, UnlistedUses.Kinds);
            }
        });
    }
}
