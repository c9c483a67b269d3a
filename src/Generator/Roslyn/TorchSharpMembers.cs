using Microsoft.CodeAnalysis;

namespace Precision.Generator.Roslyn;

/// <summary>Tells TorchSharp's members from other libraries' of the same names.</summary>
internal static class TorchSharpMembers
{
    /// <summary>Whether TorchSharp declares a symbol.</summary>
    public static bool IsTorchSharps(this ISymbol symbol) => symbol.ContainingAssembly?.Name == "TorchSharp";
}
