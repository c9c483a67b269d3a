using Microsoft.CodeAnalysis;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary>How an interceptor declares what the method that it replaces declares.</summary>
internal static class Signatures
{
    /// <summary>The name of the parameter for the receiver of one of TorchSharp's instance methods.</summary>
    public const string Receiver = "self";

    /// <summary>The parameter list. The receiver's type must be the one that declares the method, dynamic where that is (CS9148 otherwise).</summary>
    /// <param name="method">The method that is replaced.</param>
    /// <param name="receiver">A name for the receiver that no parameter has.</param>
    public static string Parameters(this IMethodSymbol method, string receiver = Receiver)
    {
        var parameters = method.Parameters.Select(static parameter => $"{parameter.Type.ToSource()} {SourceNames.Escape(parameter.Name)}");
        return string.Join(", ", method.IsStatic ? parameters : parameters.Prepend($"this {method.ContainingType.ToSource(keepsDynamic: true)} {receiver}"));
    }

    /// <summary>A call of the method itself, with an argument for each parameter.</summary>
    public static string Call(this IMethodSymbol method, Func<IParameterSymbol, string> argument)
        => $"{(method.IsStatic ? method.ContainingType.ToSource() : Receiver)}.{method.Name}({string.Join(", ", method.Parameters.Select(argument))})";

    /// <summary>Whether a generated file can name a method and the types of its signature: no type parameters, nothing private or file-local.</summary>
    public static bool IsNameable(this IMethodSymbol method) => method.IsVisible() && method.HasNameableSignature();

    /// <summary>Whether code of the same assembly may call a method.</summary>
    public static bool IsVisible(this IMethodSymbol method)
        => method.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal;

    /// <summary>Whether a generated file can write the types of a method's signature.</summary>
    public static bool HasNameableSignature(this IMethodSymbol method)
        => method is { IsGenericMethod: false, RefKind: RefKind.None }
            && IsNameable(method.ContainingType)
            && IsNameable(method.ReturnType)
            && method.Parameters.All(static parameter => parameter.RefKind is RefKind.None && !parameter.IsParams && IsNameable(parameter.Type));

    /// <summary>Whether a generated file can write a type.</summary>
    public static bool IsNameable(this ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => IsNameable(array.ElementType),
        IDynamicTypeSymbol => true,
        INamedTypeSymbol { TypeKind: not TypeKind.Error, IsAnonymousType: false, IsFileLocal: false } named
            => (named.SpecialType is not SpecialType.None || named.IsTupleType
                    || named.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal)
                && (named.ContainingType is null || IsNameable(named.ContainingType))
                && named.TypeArguments.All(IsNameable),
        _ => false,
    };
}
