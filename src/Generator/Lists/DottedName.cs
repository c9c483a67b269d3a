using Microsoft.CodeAnalysis;

namespace Precision.Generator.Lists;

/// <summary>
/// The full name of a type or member as a user writes it: <c>TorchSharp.torch.nn.functional.gelu</c>, with a type's number of type
/// parameters where that matters, <c>Own.Block`1</c>. Compared from the inside out, so that no compilation is searched.
/// </summary>
internal sealed class DottedName(string text)
{
    private readonly string[] parts = text.Split('.');

    /// <summary>As it is written.</summary>
    public string Text => text;

    /// <summary>The last part.</summary>
    public string Last => parts[parts.Length - 1];

    /// <summary>The parts before the last one.</summary>
    public IEnumerable<string> Before => parts.Take(parts.Length - 1);

    /// <summary>Whether it is the name of a symbol.</summary>
    public bool Is(ISymbol symbol)
    {
        ISymbol? current = symbol;
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            if (current is null or INamespaceSymbol { IsGlobalNamespace: true } || !IsOne(parts[i], current))
            {
                return false;
            }

            current = (ISymbol?)current.ContainingType ?? current.ContainingNamespace;
        }

        return current is INamespaceSymbol { IsGlobalNamespace: true };
    }

    /// <summary>Whether a part is the name of a symbol. A constructor has its type's.</summary>
    public static bool IsOne(string part, ISymbol symbol) => symbol switch
    {
        IMethodSymbol { MethodKind: MethodKind.Constructor, ContainingType.Name: var type } => part == type,
        INamedTypeSymbol { Arity: > 0, MetadataName: var name } when part == name => true,
        _ => part == symbol.Name,
    };
}
