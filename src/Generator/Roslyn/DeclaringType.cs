using Microsoft.CodeAnalysis;

namespace Precision.Generator.Roslyn;

/// <summary>
/// Recognises a type by its metadata name, without searching a compilation: the names are compared from the inside out.
/// </summary>
internal sealed class DeclaringType
{
    private readonly string[] namespaces;
    private readonly string[] types;

    /// <param name="metadataName">For example <c>TorchSharp.torch+nn+functional</c>.</param>
    public DeclaringType(string metadataName)
    {
        var lastDot = metadataName.LastIndexOf('.');
        namespaces = metadataName[..lastDot].Split('.');
        types = metadataName[(lastDot + 1)..].Split('+');
    }

    public bool Is(INamedTypeSymbol type)
    {
        var current = type;
        for (var i = types.Length - 1; i >= 0; i--)
        {
            if (current is null || current.Name != types[i])
            {
                return false;
            }

            if (i > 0)
            {
                current = current.ContainingType;
            }
        }

        if (current!.ContainingType is not null)
        {
            return false;
        }

        var space = current.ContainingNamespace;
        for (var i = namespaces.Length - 1; i >= 0; i--)
        {
            if (space is null || space.Name != namespaces[i])
            {
                return false;
            }

            space = space.ContainingNamespace;
        }

        return space is { IsGlobalNamespace: true };
    }
}
