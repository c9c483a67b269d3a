using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Regions;

/// <summary>PRC3002: a backward runs in the autocast of the forward.</summary>
internal static class BackwardInsideRegion
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.BackwardInsideRegion,
        title: "Backward inside an autocast region",
        messageFormat: ProtocolMessages.BackwardInRegion,
        RuleCategories.Regions,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "The backward of an operation runs in the dtype that its forward had. Autocast around it changes only what custom functions and second derivatives compute, which nobody means.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.BackwardInsideRegion));

    public static void Analyze(OperationAnalysisContext context, IInvocationOperation invocation, RegionSymbols symbols)
    {
        if (TrainingMembers.Of(invocation.TargetMethod) is TrainingMember.Backward or TrainingMember.TrainingBackward
            && invocation.IsInRegion(context.ContainingSymbol, symbols))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule, invocation.NameLocation(), invocation.TargetMethod.Name));
        }
    }
}
