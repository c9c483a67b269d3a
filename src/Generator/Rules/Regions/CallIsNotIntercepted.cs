using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Generation.Symbols;
using Precision.Generator.Interception;
using Precision.Generator.Operations;

namespace Precision.Generator.Rules.Regions;

/// <summary>PRC3006: a call that the generator would replace, in a form that it cannot.</summary>
internal static class CallIsNotIntercepted
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.CallIsNotIntercepted,
        title: "Call cannot be intercepted",
        messageFormat: "Calls of '{0}' {1} cannot be intercepted, so that {2}: {3}",
        RuleCategories.Regions,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "The generator replaces calls of the softmax family and calls through [FullPrecision] members. It can only where the call itself is written.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.CallIsNotIntercepted));

    private const string OnTheClass = "put [FullPrecision] on the module's class";
    private const string AsAround = "it runs in the precision of what is around it";

    /// <summary>A method group: the delegate calls the original.</summary>
    public static void AnalyzeMethodReference(OperationAnalysisContext context)
    {
        var reference = (IMethodReferenceOperation)context.Operation;
        var method = reference.Method;
        if (IsModuleCall(method) && FullPrecisionMember.Of(reference.Instance) is { } member)
        {
            Report(context, reference, member.Name, "through a delegate", AsAround, "write a lambda, or " + OnTheClass);
        }
        else if (OperationTable.Find(method, reference.Instance?.Type) is { IsPinned: true })
        {
            Report(
                context,
                reference,
                method.ContainingType.Name + "." + method.Name,
                "through a delegate",
                "they keep their input's dtype in a region",
                "write a lambda");
        }
    }

    /// <summary>A call through a marked member whose signature no generated file can write.</summary>
    public static void AnalyzeInvocation(OperationAnalysisContext context, IInvocationOperation invocation)
    {
        if (invocation.TargetMethod is var method && IsModuleCall(method) && FullPrecisionMember.Of(invocation.Instance) is { } member
            && !method.IsNameable())
        {
            Report(context, invocation, member.Name, "with types that generated code cannot name", AsAround, OnTheClass);
        }
    }

    /// <summary>A marked member that goes where its calls cannot be seen.</summary>
    public static void AnalyzeMemberReference(OperationAnalysisContext context)
    {
        if (Destination(context.Operation) is { } destination && FullPrecisionMember.Of(context.Operation) is { } member)
        {
            Report(context, context.Operation, member.Name, destination, AsAround, OnTheClass);
        }
    }

    private static bool IsModuleCall(IMethodSymbol method) => method.Name is "call" or "forward" && FullPrecisionCall.IsModuleMethod(method);

    private static string? Destination(IOperation reference)
    {
        var (value, parent) = (reference, reference.Parent);
        for (; parent is IConversionOperation; parent = parent.Parent)
        {
            value = parent;
        }

        return parent switch
        {
            IForEachLoopOperation loop when loop.Collection == value => "that an enumeration gives",
            IPropertyReferenceOperation { Property.IsIndexer: true } indexer when indexer.Instance == value => "that an index gives",
            _ when IsGivenToSequential(parent) => "inside a Sequential",
            _ => null,
        };
    }

    /// <summary>Whether a parent is, or builds, the argument of <c>Sequential(…)</c>: a value, a name and value, an array of them.</summary>
    private static bool IsGivenToSequential(IOperation? parent)
    {
        for (; parent is ITupleOperation or IConversionOperation or IArrayInitializerOperation or IArrayCreationOperation or ICollectionExpressionOperation;)
        {
            parent = parent.Parent;
        }

        return parent is IArgumentOperation { Parent: IInvocationOperation { TargetMethod: { Name: "Sequential", ReturnType: INamedTypeSymbol type } } }
            && type is { Name: "Sequential", ContainingNamespace: { Name: "Modules", ContainingNamespace: { Name: "TorchSharp", ContainingNamespace.IsGlobalNamespace: true } } };
    }

    private static void Report(OperationAnalysisContext context, IOperation operation, params object[] arguments)
        => context.ReportDiagnostic(Diagnostic.Create(
            Rule,
            operation is IInvocationOperation invocation ? invocation.NameLocation() : operation.Syntax.GetLocation(),
            arguments));
}
