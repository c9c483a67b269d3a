using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Lists;

namespace Precision.Generator.Rules.Annotation;

/// <summary>Reports entries of the user's lists of operations that cannot be kept: attributes where they stand, options for the project.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class OperationListAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [OperationListIsWrong.Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterSymbolAction(static context => Report(context.Symbol, context.ReportDiagnostic, context.CancellationToken), SymbolKind.Method, SymbolKind.NamedType);
        context.RegisterOperationAction(
            static context => Report(
                context.Operation is ILocalFunctionOperation function ? function.Symbol : ((IAnonymousFunctionOperation)context.Operation).Symbol,
                context.ReportDiagnostic,
                context.CancellationToken),
            OperationKind.LocalFunction,
            OperationKind.AnonymousFunction);
        context.RegisterCompilationStartAction(static start =>
        {
            var lists = OperationLists.Of(start.Compilation, start.Options.AnalyzerConfigOptionsProvider, start.CancellationToken);
            if (lists.Configured.Any(static list => !list.Entries.IsEmpty))
            {
                // Most files have the same lists, and others some of the same entries. An options file has no location in a compilation.
                var said = new ConcurrentDictionary<object, bool>();
                start.RegisterSemanticModelAction(context =>
                {
                    var list = lists.OfFile(context.SemanticModel.SyntaxTree);
                    foreach (var diagnostic in said.TryAdd(list, true) ? OperationListIsWrong.OfOptions(list, start.Compilation) : [])
                    {
                        if (said.TryAdd(diagnostic.GetMessage(), true))
                        {
                            context.ReportDiagnostic(diagnostic);
                        }
                    }
                });
            }
        });
    }

    private static void Report(ISymbol symbol, Action<Diagnostic> report, CancellationToken token)
    {
        if (OperationListIsWrong.OfAttribute(symbol, token) is { } diagnostic)
        {
            report(diagnostic);
        }
    }
}
