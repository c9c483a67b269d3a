using Microsoft.CodeAnalysis;

namespace Precision.Generator.Roslyn;

/// <summary>
/// Recognises TorchSharp's types by their names. No lookup in the compilation: the generator's transform runs for every
/// annotated class on every keystroke.
/// </summary>
internal static class TorchSymbols
{
    /// <summary><c>TorchSharp.torch.Tensor</c>.</summary>
    public static bool IsTensor(this ITypeSymbol type)
        => type is INamedTypeSymbol { Name: "Tensor", Arity: 0, ContainingType: { Name: "torch" } torch } && torch.IsInTorchSharp();

    /// <summary><c>ScalarType</c>, or <c>ScalarType?</c>.</summary>
    public static bool IsScalarType(this ITypeSymbol type)
        => type.Name == "ScalarType"
            || type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T, TypeArguments: [{ Name: "ScalarType" }] };

    /// <summary><c>TorchSharp.torch.nn.Module</c>, the base of all modules.</summary>
    public static bool IsModule(this INamedTypeSymbol type) => type.Arity == 0 && type.IsModuleOfAnyArity();

    /// <summary>Whether a class is a module: <c>Module</c> itself or derived from it.</summary>
    public static bool DerivesFromModule(this INamedTypeSymbol type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.IsModule())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><c>TorchSharp.torch.nn.Module&lt;T1…, TResult&gt;</c>, constructed or not.</summary>
    public static bool IsGenericModule(this INamedTypeSymbol type) => type.Arity >= 2 && type.IsModuleOfAnyArity();

    /// <summary>Whether a type is a module or a kind of tensor, as <c>Parameter</c> is: its tensors are its own.</summary>
    public static bool IsModuleOrTensor(this INamedTypeSymbol type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.IsTensor() || current.IsModule())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a type is one of .NET's generic collections.</summary>
    public static bool IsCollection(this INamedTypeSymbol type, params string[] names)
        => names.Contains(type.Name) && type.ContainingType is null && type.ContainingNamespace.ToSource() is "System.Collections.Generic";

    /// <summary>The constructed <c>Module&lt;T1…, TResult&gt;</c> that a class derives from; null when it derives from none.</summary>
    public static INamedTypeSymbol? FindGenericModule(this INamedTypeSymbol type)
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
        {
            if (current.IsGenericModule())
            {
                return current;
            }
        }

        return null;
    }

    /// <summary>Whether a module's class declares a method, a generic <c>Module&lt;…&gt;</c> or one that derives from it.</summary>
    public static bool IsOfModule(this IMethodSymbol method) => method.ContainingType.IsGenericModule() || method.ContainingType.FindGenericModule() is not null;

    private static bool IsModuleOfAnyArity(this INamedTypeSymbol type)
        => type is { Name: "Module", ContainingType: { Name: "nn", ContainingType: { Name: "torch" } torch } } && torch.IsInTorchSharp();

    private static bool IsInTorchSharp(this INamedTypeSymbol torch)
        => torch is { ContainingType: null, ContainingNamespace: { Name: "TorchSharp", ContainingNamespace.IsGlobalNamespace: true } };
}
