using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary>Decides which methods may be on a list of operations: those whose calls can be replaced, wherever they stand.</summary>
internal static class ListedMethods
{
    /// <summary>Why no call of a method can be replaced, and what to do, for a message; null where calls can.</summary>
    public static (string Reason, string Remedy)? FaultOf(IMethodSymbol method)
        => method switch
        {
            { MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet }
                => ("is a property, whose uses cannot be replaced", "make it a method"),
            { MethodKind: MethodKind.Constructor or MethodKind.StaticConstructor }
                => ("is a constructor, whose uses cannot be replaced", "write a method that makes the object"),
            { MethodKind: MethodKind.UserDefinedOperator or MethodKind.Conversion }
                => ("is an operator, whose uses cannot be replaced", "list a method, and call it"),
            { MethodKind: MethodKind.LocalFunction or MethodKind.LambdaMethod or MethodKind.AnonymousFunction }
                => ("is a local function or lambda, whose calls cannot be replaced", "make it a method"),
            { MethodKind: not MethodKind.Ordinary } => ("is no method that code calls by its name", "list a method"),
            { IsGenericMethod: true } => ("has type parameters, for which no call can be replaced", "write a method for tensors"),
            _ when method.Parameters.FirstOrDefault(static parameter => parameter.RefKind is not RefKind.None) is { } given
                => ($"takes '{given.Name}' by reference, so that a cast would not come back", "return the tensor"),
            _ when method.Parameters.FirstOrDefault(static parameter => parameter.IsParams) is { } given
                => ($"takes '{given.Name}' as params", "take an array"),
            { RefKind: not RefKind.None } => ("returns a reference", "return the tensor"),
            _ when method.Parameters.Select(static parameter => parameter.Type).Append(method.ReturnType).Any(static type => type.IsRefLikeType || type is IPointerTypeSymbol)
                => ("has a ref struct or a pointer in its signature", "take tensors, arrays or records"),
            { IsAsync: true } or { ReturnType: { Name: "Task" or "ValueTask" or "IAsyncEnumerable" } }
                => ("goes on when its call has returned, where the inputs' casts are freed and the region is another one", "list a method that it calls"),
            _ when IsIterator(method)
                => ("is an iterator, which runs when its call has returned", "return an array or a list"),
            { ContainingType.TypeKind: TypeKind.Struct, IsStatic: false }
                => ("is a struct's own method", "make it static"),
            _ when UnreachedIn(method) is { } unreached => unreached,
            _ when !HasTensors(method) => ("neither takes nor returns tensors", "list the method that computes with them"),
            _ when !IsReachable(method)
                => ("cannot be called by generated code", "make it internal, and the types around it and in its signature"),
            _ => null,
        };

    /// <summary>
    /// Whether generated code can call a method: it may name it, or an accessor reaches it, which needs a class that is no generic or static one.
    /// </summary>
    public static bool IsReachable(IMethodSymbol method)
        => method.IsVisible() ? IsVisible(method.ContainingType)
            : method is { IsVirtual: false, IsOverride: false, IsAbstract: false, ContainingType: { IsGenericType: false, IsStatic: false, TypeKind: TypeKind.Class } type } && IsVisible(type);

    private static bool IsVisible(INamedTypeSymbol type)
        => !type.IsFileLocal
            && type.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal
            && (type.ContainingType is null || IsVisible(type.ContainingType));

    /// <summary>The first tensors among the inputs that generated code cannot replace by their casts.</summary>
    private static (string Reason, string Remedy)? UnreachedIn(IMethodSymbol method)
    {
        var values = new ValueShapes(method.ContainingAssembly);
        foreach (var parameter in method.Parameters)
        {
            values.Of(parameter.Type);
        }

        return values.Unreached is [{ Place: var place, Reason: var reason }, ..] && reason.Split([": "], 2, StringSplitOptions.None) is [var why, var remedy]
            ? ($"takes tensors in '{place}' that cannot be cast, because {why}", remedy)
            : null;
    }

    private static bool HasTensors(IMethodSymbol method)
    {
        var values = new ValueShapes(method.ContainingAssembly);
        return (!method.IsStatic && method.ContainingType.IsTensor())
            || method.Parameters.Select(static parameter => parameter.Type).Append(method.ReturnType)
                .Any(type => values.Of(type) is { HasTensors: true } or { IsPartlyOutOfReach: true } || type is ITypeParameterSymbol || IsModule(type));
    }

    private static bool IsModule(ITypeSymbol type) => type is INamedTypeSymbol named && named.DerivesFromModule();

    private static bool IsIterator(IMethodSymbol method)
        => method.ReturnType is INamedTypeSymbol { IsGenericType: true, Name: "IEnumerable" or "IEnumerator" }
            && method.DeclaringSyntaxReferences.Any(static reference => reference.GetSyntax()
                .DescendantNodes(static node => node is not (LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax))
                .Any(static node => node is YieldStatementSyntax));
}
