using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Regions;

/// <summary>PRC3001: code that looks as if it ran in a region runs on another thread, or later.</summary>
internal static class RegionIsLeftByThread
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.RegionIsLeftByThread,
        title: "Await, yield, task, thread or parallel loop inside an autocast region",
        messageFormat: "'{0}' leaves the autocast region, which belongs to one thread: {1}",
        RuleCategories.Regions,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Autocast is a state of the calling thread. What runs on another thread, or after the method was left, runs without it.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.RegionIsLeftByThread));

    /// <summary>Await and yield: what follows runs later.</summary>
    public static void AnalyzeSuspension(OperationAnalysisContext context, RegionSymbols symbols)
    {
        var keyword = context.Operation switch
        {
            IAwaitOperation => "await",
            IReturnOperation => "yield",
            IForEachLoopOperation { IsAsynchronous: true } => "await foreach",
            _ => null,
        };
        if (keyword is not null && context.Operation.IsInRegion(context.ContainingSymbol, symbols))
        {
            var start = context.Operation.Syntax.GetFirstToken().GetLocation();
            context.ReportDiagnostic(Diagnostic.Create(Rule, start, keyword, "end the region before it"));
        }
    }

    /// <summary>Work given to other threads, when it computes with tensors and enters no region itself.</summary>
    public static void AnalyzeInvocation(OperationAnalysisContext context, IInvocationOperation invocation, RegionSymbols symbols)
    {
        // In a method of its own: this one is asked for every call, and must not allocate.
        if (symbols.IsScheduler(invocation.TargetMethod))
        {
            AnalyzeScheduling(context, invocation, symbols);
        }
    }

    /// <summary>As <see cref="AnalyzeInvocation"/>, for threads and tasks that are created.</summary>
    public static void AnalyzeCreation(OperationAnalysisContext context, IObjectCreationOperation creation, RegionSymbols symbols)
    {
        if (creation.Constructor is { } constructor && symbols.IsScheduler(constructor))
        {
            AnalyzeScheduling(context, creation, symbols);
        }
    }

    private static void AnalyzeScheduling(OperationAnalysisContext context, IInvocationOperation invocation, RegionSymbols symbols)
        => AnalyzeWork(
            context,
            invocation.Arguments,
            invocation.NameLocation(),
            invocation.TargetMethod.ContainingType.Name + "." + invocation.TargetMethod.Name,
            symbols);

    private static void AnalyzeScheduling(OperationAnalysisContext context, IObjectCreationOperation creation, RegionSymbols symbols)
        => AnalyzeWork(context, creation.Arguments, creation.Syntax.GetLocation(), "new " + creation.Type?.Name, symbols);

    private static void AnalyzeWork(
        OperationAnalysisContext context, ImmutableArray<IArgumentOperation> arguments, Location place, string name, RegionSymbols symbols)
    {
        if (arguments.Any(argument => Lambdas(argument.Value).Any(work => NeedsRegion(work, symbols)))
            && context.Operation.IsInRegion(context.ContainingSymbol, symbols))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rule, place, name, "enter a region inside the work that it starts"));
        }
    }

    /// <summary>The lambdas that an argument consists of. A <c>params</c> argument may have several.</summary>
    private static IEnumerable<IAnonymousFunctionOperation> Lambdas(IOperation value) => value switch
    {
        IAnonymousFunctionOperation lambda => [lambda],
        IDelegateCreationOperation delegateCreation => Lambdas(delegateCreation.Target),
        IConversionOperation conversion => Lambdas(conversion.Operand),
        IArrayCreationOperation { Initializer: { } initializer } => initializer.ElementValues.SelectMany(Lambdas),
        _ => [],
    };

    private static bool NeedsRegion(IAnonymousFunctionOperation work, RegionSymbols symbols)
    {
        var computes = false;
        foreach (var operation in work.Body.Descendants())
        {
            if (symbols.IsRegion(operation.Type))
            {
                return false;
            }

            computes |= operation switch
            {
                // An annotated model enters its own region.
                IInvocationOperation call => call.Type?.IsTensor() == true && call.Instance?.Type.FindMixedPrecisionClass() is null,
                IBinaryOperation binary => binary.Type?.IsTensor() == true,
                _ => false,
            };
        }

        return computes;
    }
}
