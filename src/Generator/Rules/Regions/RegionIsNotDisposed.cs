using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Rules.Regions;

/// <summary>PRC3003: a region that nothing can leave.</summary>
internal static class RegionIsNotDisposed
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.RegionIsNotDisposed,
        title: "Autocast region is not disposed",
        messageFormat: "The region that '{0}' opens is never left, so the thread stays as it makes it: write 'using'",
        RuleCategories.Regions,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Only disposing a region restores the thread's autocast state, with the cache flag that libtorch keeps beside it.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.RegionIsNotDisposed));

    public static void Analyze(OperationAnalysisContext context, IInvocationOperation invocation, RegionSymbols symbols)
    {
        if (symbols.IsRegion(invocation.Type) && IsDropped(invocation))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rule,
                invocation.Syntax.GetLocation(),
                invocation.TargetMethod.ContainingType.Name + "." + invocation.TargetMethod.Name));
        }
    }

    /// <summary>Whether the result goes nowhere. One that is returned, passed on or named again is somebody's affair.</summary>
    private static bool IsDropped(IInvocationOperation invocation) => invocation.Parent switch
    {
        IExpressionStatementOperation => true,
        ISimpleAssignmentOperation { Target: IDiscardOperation } => true,
        IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator } => !IsUsed(declarator),
        _ => false,
    };

    private static bool IsUsed(IVariableDeclaratorOperation declarator)
    {
        IOperation body = declarator;
        for (; body.Parent is { } parent; body = parent)
        {
            if (parent is IUsingOperation or IUsingDeclarationOperation)
            {
                return true;
            }
        }

        return body.Descendants().Any(operation => operation is ILocalReferenceOperation reference
            && SymbolEqualityComparer.Default.Equals(reference.Local, declarator.Symbol));
    }
}
