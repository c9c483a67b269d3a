using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Interception;
using Precision.Generator.Lists;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Regions;

/// <summary>PRC3006 for the user's lists of operations: uses of what is listed that the generator cannot replace.</summary>
/// <param name="lists">The lists.</param>
/// <param name="identical">The files of the same text.</param>
/// <param name="isAllowed">Whether the compiler accepts interceptors.</param>
internal sealed class UnlistedUses(OperationLists lists, IdenticalFiles identical, bool isAllowed)
{
    private const string CastAround = "cast its inputs where it is used";
    private const string OwnMember = "keep it in a member of its own class, and call it there";

    /// <summary>The forms of uses.</summary>
    public static readonly ImmutableArray<OperationKind> Kinds =
    [
        OperationKind.Invocation,
        OperationKind.MethodReference,
        OperationKind.DynamicInvocation,
        OperationKind.PropertyReference,
        OperationKind.ObjectCreation,
        OperationKind.Binary,
        OperationKind.Unary,
        OperationKind.CompoundAssignment,
        OperationKind.Conversion,
    ];

    /// <summary>Looks at one use.</summary>
    public void Analyze(OperationAnalysisContext context)
    {
        var operation = context.Operation;
        switch (operation)
        {
            case IInvocationOperation call:
                if ((ListedCall.Find(call, lists) ?? OfConstraint(call)) is { } listed && Obstacle(call, context.ContainingSymbol) is var (form, remedy))
                {
                    Report(context, call, listed, call.TargetMethod, form, remedy);
                }

                break;
            case IMethodReferenceOperation { Method: var method, Instance: var instance }
                when FullPrecisionMember.Of(instance) is null && OperationTable.Find(method, instance?.Type) is not { IsPinned: true }:
                Report(context, operation, lists.Find(method, instance?.Type, operation.Syntax.SyntaxTree), method, "through a delegate", "write a lambda");
                break;
            case IDynamicInvocationOperation { Operation: IDynamicMemberReferenceOperation called } when lists.MayHave(called.MemberName):
                var type = called.ContainingType ?? called.Instance?.Type;
                var late = type?.GetMembers(called.MemberName).OfType<IMethodSymbol>().FirstOrDefault(method => lists.Find(method, type, operation.Syntax.SyntaxTree) is not null);
                Report(context, called, late is null ? null : lists.Find(late, type, operation.Syntax.SyntaxTree), late, "that are bound at run time", "cast what is dynamic");
                break;
            case IPropertyReferenceOperation { Property: var property }:
                Report(context, operation, lists.FindOther(property, operation.Syntax.SyntaxTree), property, "by a property", "make it a method, or " + CastAround);
                break;
            case IObjectCreationOperation { Constructor: var constructor }:
                Report(context, operation, lists.FindOther(constructor, operation.Syntax.SyntaxTree), constructor, "by new", "write a method that makes the object, and list that");
                break;
            case IConversionOperation { OperatorMethod: null } conversion:
                AnalyzeModule(context, conversion);
                break;
            default:
                var operatorMethod = OperatorOf(operation);
                Report(context, operation, lists.FindOther(operatorMethod, operation.Syntax.SyntaxTree), operatorMethod, "by an operator", "list and call a method");
                break;
        }
    }

    /// <summary>A module whose class is listed, where it becomes one of another type: its calls name that type.</summary>
    private void AnalyzeModule(OperationAnalysisContext context, IConversionOperation conversion)
    {
        if (conversion is { Operand.Type: INamedTypeSymbol module, Type: INamedTypeSymbol target }
            && lists.FindModule(module, conversion.Syntax.SyntaxTree) is { } member
            && lists.FindModule(target, conversion.Syntax.SyntaxTree) is null
            && FormOf(conversion, target) is { } form)
        {
            Report(context, conversion.Operand, member, module, form, OwnMember);
        }
    }

    private static string? FormOf(IConversionOperation conversion, INamedTypeSymbol target)
        => CallIsNotIntercepted.IsGivenToSequential(conversion.Parent) || IsGivenToContainer(conversion.Parent) ? "inside a Sequential"
            : (target.IsGenericModule() || target.FindGenericModule() is not null)
                && conversion.Parent is IVariableInitializerOperation or IFieldInitializerOperation or IPropertyInitializerOperation or ISimpleAssignmentOperation or IArrayInitializerOperation
                ? $"through '{target.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}'"
            : null;

    /// <summary>Whether something is added to a <c>Sequential</c> that is there already.</summary>
    private static bool IsGivenToContainer(IOperation? parent)
        => parent is IArgumentOperation { Parent: IInvocationOperation { Instance.Type: INamedTypeSymbol { Name: "Sequential" } sequential } } && sequential.IsTorchSharps();

    private (string Form, string Remedy)? Obstacle(IInvocationOperation call, ISymbol around)
        => !isAllowed ? ("while PrecisionInterceptors is false", "remove that property, or " + CastAround)
            : identical.Contains(call.Syntax.SyntaxTree) ? ("in a file whose text another file repeats", "let the two files differ, if only by a comment")
            : ListedCall.Obstacle(call) is not { } obstacle || IsOverride(call, around) ? null
            : (obstacle, obstacle == ListedCall.ThroughBase ? "call it without base" : obstacle == ListedCall.ThroughTypeParameter ? "call it through a variable of its class" : "make these types internal");

    /// <summary>Whether a call of the base's method stands in its override, which is listed too: it runs in what that runs in.</summary>
    private static bool IsOverride(IInvocationOperation call, ISymbol around)
    {
        for (var current = (around as IMethodSymbol)?.OverriddenMethod; current is not null; current = current.OverriddenMethod)
        {
            if (SymbolEqualityComparer.Default.Equals(current.OriginalDefinition, call.TargetMethod.OriginalDefinition))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What a list says of a module that a type parameter stands for.</summary>
    private ListedMember? OfConstraint(IInvocationOperation call)
        => call.Instance?.Type is ITypeParameterSymbol parameter && OperationLists.IsModuleCall(call.TargetMethod)
            ? parameter.ConstraintTypes.OfType<INamedTypeSymbol>().Select(type => lists.FindModule(type, call.Syntax.SyntaxTree)).FirstOrDefault(static member => member is not null)
            : null;

    private static IMethodSymbol? OperatorOf(IOperation operation) => operation switch
    {
        IBinaryOperation binary => binary.OperatorMethod,
        IUnaryOperation unary => unary.OperatorMethod,
        ICompoundAssignmentOperation assignment => assignment.OperatorMethod,
        IConversionOperation conversion => conversion.OperatorMethod,
        _ => null,
    };

    private static void Report(OperationAnalysisContext context, IOperation operation, ListedMember? member, ISymbol? symbol, string form, string remedy)
    {
        if (member is not null && symbol is not null)
        {
            var name = symbol is INamedTypeSymbol ? symbol.Name : $"{symbol.ContainingType.Name}.{symbol.Name}";
            CallIsNotIntercepted.Report(context, operation, name, form, $"the list of {member.List} has no effect there", remedy);
        }
    }
}
