using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward;
using Precision.Generator.Forward.Models;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Interception.Models;
using Precision.Generator.Lists;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary>Calls of what the user has put on a list of operations: inputs are cast, and for float32 autocast is off inside.</summary>
internal static class ListedCall
{
    public const string ThroughBase = "through base";

    public const string ThroughTypeParameter = "through a type parameter";

    /// <summary>What a list says of a call, whether the call can be replaced or not; null where none says anything.</summary>
    /// <remarks>A module in a member marked <c>[FullPrecision]</c> computes in float32 already.</remarks>
    public static ListedMember? Find(IInvocationOperation call, OperationLists lists)
        => lists.Find(call.TargetMethod, call.Instance?.Type, call.Syntax.SyntaxTree) is { } member && FullPrecisionMember.Of(call.Instance) is null ? member : null;

    /// <summary>The same for a call that a build replaces.</summary>
    public static ListedMember? FindReplaced(IInvocationOperation call, OperationLists lists)
        => !lists.IsEmpty && Obstacle(call) is null ? Find(call, lists) : null;

    /// <summary>Why a call cannot be replaced, for a message; null where it can.</summary>
    public static string? Obstacle(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        return call.Instance?.Type is ITypeParameterSymbol ? ThroughTypeParameter
            : IsOfBase(call) ? ThroughBase
            : ListedMethods.FaultOf(method) is not null ? "of a member that cannot be listed"
            : !method.HasNameableSignature() || !ListedMethods.IsReachable(method) ? "with types that generated code cannot name"
            : null;
    }

    public static Interceptor? Build(IInvocationOperation call, OperationLists lists)
    {
        if (FindReplaced(call, lists) is not { } member)
        {
            return null;
        }

        var method = call.TargetMethod;
        var values = new ValueShapes(call.SemanticModel!.Compilation.Assembly);
        var parameters = new EquatableArray<ForwardParameter>(
            [.. method.Parameters.Select(parameter => new ForwardParameter(
                SourceNames.Escape(parameter.Name), parameter.Type.ToSource(), DefaultValue: null, values.Of(parameter.Type)))]);
        var names = new ForwardBody.LocalNames(parameters);
        var receiver = names.Unique(Signatures.Receiver);
        var result = method.ReturnType.ToSource(keepsDynamic: true);
        var accessor = method.IsVisible() ? null : new MethodAccessor(method, names.Unique("Original"), receiver);

        // A tensor's own method has it as an input.
        var isOfTensor = !method.IsStatic && method.ContainingType.IsTensor();
        var inputs = isOfTensor ? new([new(receiver, method.ContainingType.ToSource(), null, ValueShape.Tensor), .. parameters]) : parameters;
        var body = ForwardBody.Write(
            member.Dtype is ListedDtype.Float32 ? "EnterFloat32" : "EnterLowerPrecision",
            !method.IsStatic && method.ContainingType.DerivesFromModule() ? receiver : "null",
            inputs,
            (result, method.ReturnsVoid ? ValueShapes.Opaque : values.Of(method.ReturnType)),
            "Return",
            names,
            arguments => Call(method, receiver, arguments, isOfTensor, accessor));
        return new Interceptor(
            $"{method.ContainingType.Name}_{method.Name}",
            $"<c>{method.ContainingType.Name}.{method.Name}</c>, on the list of {member.List}: computes in {member.DtypeText} wherever something computes in 16-bit.",
            result,
            (IsReduced(call) ? "this " : "") + method.Parameters(receiver),
            new([.. body, .. accessor?.Lines ?? []]));
    }

    private static string Call(IMethodSymbol method, string receiver, IReadOnlyList<string> arguments, bool isOfTensor, MethodAccessor? accessor)
    {
        if (accessor is not null)
        {
            return $"{accessor.Name}({string.Join(", ", arguments.Prepend(method.IsStatic ? "null" : receiver))})";
        }

        var (owner, given) = isOfTensor ? (arguments[0], arguments.Skip(1))
            : (method.IsStatic ? method.ContainingType.ToSource() : receiver, arguments);
        return $"{(method.ReturnType is IDynamicTypeSymbol ? "(object)" : "")}{owner}.{SourceNames.Escape(method.Name)}({string.Join(", ", given)})";
    }

    /// <summary>Whether an extension method is called as if its first argument had it: then the compiler asks for <c>this</c> here too.</summary>
    private static bool IsReduced(IInvocationOperation call)
        => call.TargetMethod.IsExtensionMethod && call.SemanticModel!.GetSymbolInfo(call.Syntax).Symbol is IMethodSymbol { ReducedFrom: not null };

    private static bool IsOfBase(IInvocationOperation call)
        => call.Syntax is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: BaseExpressionSyntax } };
}
