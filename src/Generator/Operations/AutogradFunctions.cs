using Microsoft.CodeAnalysis;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Operations;

/// <summary>
/// Recognises custom autograd functions: classes that derive from <c>SingleTensorFunction&lt;T&gt;</c> or <c>MultiTensorFunction&lt;T&gt;</c>.
/// </summary>
internal static class AutogradFunctions
{
    /// <summary>The member that computes the gradients.</summary>
    public const string Backward = "backward";

    private const string Apply = "apply";

    private static readonly DeclaringType Single = new("TorchSharp.torch+autograd+SingleTensorFunction");
    private static readonly DeclaringType Multi = new("TorchSharp.torch+autograd+MultiTensorFunction");

    /// <summary>TorchSharp's class that a function derives from; null where a class is no function.</summary>
    public static INamedTypeSymbol? BaseOf(INamedTypeSymbol type)
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
        {
            if (IsBase(current))
            {
                return current;
            }
        }

        return null;
    }

    /// <summary>Whether a class is the base of functions with several results.</summary>
    public static bool IsMulti(INamedTypeSymbol @base) => Multi.Is(@base);

    /// <summary>The function that a call applies; null where the call is another one, or the function a type parameter.</summary>
    public static INamedTypeSymbol? AppliedBy(IMethodSymbol method)
        => method is { Name: Apply, IsStatic: true, ContainingType: { TypeArguments: [INamedTypeSymbol function] } type } && IsBase(type)
            ? function
            : null;

    /// <summary>Whether a class is one of TorchSharp's two.</summary>
    public static bool IsBase(INamedTypeSymbol type) => type.Arity == 1 && (Single.Is(type) || Multi.Is(type));
}
