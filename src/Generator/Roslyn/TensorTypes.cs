using Microsoft.CodeAnalysis;

namespace Precision.Generator.Roslyn;

/// <summary>Recognises types that are tensors.</summary>
internal static class TensorTypes
{
    /// <summary><c>Tensor</c> or a class derived from it, as <c>Parameter</c> is.</summary>
    public static bool IsTensorOrDerived(this ITypeSymbol type) => type.IsTensor() || type.BaseType?.IsTensor() == true;
}
