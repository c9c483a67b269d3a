using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Interception;
using Precision.Generator.Lists;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

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
        description: "The generator replaces calls of the softmax family, calls through [FullPrecision] members and calls of what is on a list of operations. It can only where the call itself is written, and not in files of the same text.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.CallIsNotIntercepted));

    private const string OnTheClass = "put [FullPrecision] on the module's class";
    private const string AsAround = "it runs in the precision of what is around it";
    private const string KeepsDtype = "they keep their input's dtype in a region";

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
                KeepsDtype,
                "write a lambda");
        }
    }

    /// <summary>A call in a form, or in a file, that no generated code can replace; and the creation of a layer whose calls are TorchSharp's own.</summary>
    public static void AnalyzeInvocation(OperationAnalysisContext context, IInvocationOperation invocation, OperationLists lists, IdenticalFiles identical)
    {
        var method = invocation.TargetMethod;
        if (IsModuleCall(method) && FullPrecisionMember.Of(invocation.Instance) is { } member && !method.IsNameable())
        {
            Report(context, invocation, member.Name, "with types that generated code cannot name", AsAround, OnTheClass);
        }
        else if (IsModuleCall(method) && invocation.Instance?.Type is ITypeParameterSymbol parameter && Loss(parameter) is { } lost)
        {
            Report(context, invocation, parameter.Name + "." + method.Name, "through a type parameter", lost, "call it through a variable of the module's class or of Module<Tensor, Tensor>");
        }
        else if (InterceptorBuilder.Names.Contains(method.Name) && identical.Contains(invocation.Syntax.SyntaxTree) && Loss(invocation, lists) is { } left)
        {
            Report(context, invocation, Name(invocation), "in a file whose text another file repeats", left, "let the two files differ, if only by a comment");
        }
        else if (LossInSequential(context, invocation) is { } inside)
        {
            Report(context, invocation, invocation.Type!.Name, "inside a Sequential", inside, "keep it in a member of its own and call it in the forward");
        }
    }

    /// <summary>A call with a dynamic argument, or of a dynamic member: what it calls shows at run time.</summary>
    public static void AnalyzeDynamicInvocation(OperationAnalysisContext context)
    {
        if (context.Operation is IDynamicInvocationOperation { Operation: IDynamicMemberReferenceOperation { MemberName: OperationTable.Call or OperationTable.Forward } called }
            && FullPrecisionMember.Of(called.Instance) is { } member)
        {
            Report(context, called, member.Name, "that are bound at run time", AsAround, "cast what is dynamic, or " + OnTheClass);
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

    /// <summary>What a call loses where it is not replaced; null where it loses nothing but speed.</summary>
    private static string? Loss(IInvocationOperation invocation, OperationLists lists)
        => InterceptorBuilder.Build(invocation, lists) is null || ListedCall.Find(invocation, lists) is not null ? null
            : FullPrecisionMember.Of(invocation.Instance) is not null ? AsAround
            : invocation.Instance?.Type is INamedTypeSymbol type && IsModuleCall(invocation.TargetMethod) ? Loss(type)
            : OperationTable.Find(invocation.TargetMethod) is { IsPinned: true } ? KeepsDtype
            : null;

    private static string? Loss(ITypeParameterSymbol parameter)
        => parameter.ConstraintTypes.OfType<INamedTypeSymbol>().Select(Loss).FirstOrDefault(static loss => loss is not null);

    /// <summary>What a module loses where its calls are not replaced. One that is declared as a plain module may be a softmax.</summary>
    private static string? Loss(INamedTypeSymbol module)
        => module.IsGenericModule()
            ? module.TypeArguments is [var input, var result] && input.IsTensor() && result.IsTensor() ? "a softmax module keeps its input's dtype in a region" : null
            : OperationTable.FindModule(module) is not { } row ? null
            : row.IsPinned ? KeepsDtype
            : row.Has(OperationTraits.NoSixteenBit | OperationTraits.NoSixteenBitOnCpu | OperationTraits.NoFloat16OnCpu) ? "they run in 16-bit, which libtorch lacks there"
            : null;

    /// <summary>What a layer loses that an annotated class creates inside a <c>Sequential</c>, which calls it itself.</summary>
    private static string? LossInSequential(OperationAnalysisContext context, IInvocationOperation creation)
        => IsGivenToSequential(creation.Parent)
            && creation.Type is INamedTypeSymbol { Name: not "Sequential" } type
            && OperationTable.FindModule(type) is not null
            && Loss(type) is { } loss
            && context.ContainingSymbol.ContainingType?.IsAnnotated() == true ? loss : null;

    private static string Name(IInvocationOperation invocation)
        => (invocation.Instance?.Type ?? invocation.TargetMethod.ContainingType).Name + "." + invocation.TargetMethod.Name;

    private static bool IsModuleCall(IMethodSymbol method) => method.Name is OperationTable.Call or OperationTable.Forward && method.IsOfModule();

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
    public static bool IsGivenToSequential(IOperation? parent)
    {
        for (; parent is ITupleOperation or IConversionOperation or IArrayInitializerOperation or IArrayCreationOperation or ICollectionExpressionOperation;)
        {
            parent = parent.Parent;
        }

        return parent is IArgumentOperation { Parent: IInvocationOperation { TargetMethod: { Name: "Sequential", ReturnType: INamedTypeSymbol type } } }
            && type is { Name: "Sequential", ContainingNamespace: { Name: "Modules", ContainingNamespace: { Name: "TorchSharp", ContainingNamespace.IsGlobalNamespace: true } } };
    }

    /// <summary>Reports a use.</summary>
    /// <param name="context">Where it stands.</param>
    /// <param name="operation">The use.</param>
    /// <param name="arguments">The member, the form of the use, what is lost, and what to do.</param>
    public static void Report(OperationAnalysisContext context, IOperation operation, params object[] arguments)
        => context.ReportDiagnostic(Diagnostic.Create(
            Rule,
            operation is IInvocationOperation invocation ? invocation.NameLocation() : operation.Syntax.GetLocation(),
            arguments));
}
