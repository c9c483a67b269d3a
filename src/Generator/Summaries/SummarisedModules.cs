using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Summaries;

/// <summary>The modules of a library that models of other assemblies may hold: without annotation, and seen from there.</summary>
internal static class SummarisedModules
{
    private static readonly ConditionalWeakTable<DeclarationVersion, object> WithoutModules = new();

    /// <summary>The classes; none in a program, which nobody refers to, and where the package is too old to write about them.</summary>
    public static IReadOnlyList<INamedTypeSymbol> Of(Compilation compilation)
    {
        if (compilation.Options.OutputKind is not OutputKind.DynamicallyLinkedLibrary)
        {
            return [];
        }

        // While only bodies change, a library that has none need not be searched again.
        var version = DeclarationVersion.Of(compilation);
        if (WithoutModules.TryGetValue(version, out _))
        {
            return [];
        }

        var canBeWritten = compilation.GetTypeByMetadataName($"{ModuleSummary.Namespace}.{ModuleSummary.Mark}") is not null;
        var modules = canBeWritten ? Find(compilation).ToArray() : [];
        if (modules.Length == 0)
        {
            WithoutModules.GetValue(version, static _ => new object());
        }

        return modules;
    }

    private static IEnumerable<INamedTypeSymbol> Find(Compilation compilation)
    {
        var seesInternals = compilation.Assembly.GetAttributes()
            .Any(static attribute => attribute.AttributeClass?.Name == nameof(InternalsVisibleToAttribute));
        var waiting = new Stack<INamespaceOrTypeSymbol>([compilation.Assembly.GlobalNamespace]);
        while (waiting.Count > 0)
        {
            foreach (var member in waiting.Pop().GetMembers().OfType<INamespaceOrTypeSymbol>())
            {
                if (member is INamespaceSymbol || IsSeen((INamedTypeSymbol)member, seesInternals))
                {
                    waiting.Push(member);
                    if (member is INamedTypeSymbol { TypeKind: TypeKind.Class } type
                        && type.DerivesFromModule() && !type.IsOrInheritsAnnotated())
                    {
                        yield return type;
                    }
                }
            }
        }
    }

    private static bool IsSeen(INamedTypeSymbol type, bool seesInternals) => type.DeclaredAccessibility switch
    {
        Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal => true,
        Accessibility.Internal or Accessibility.ProtectedAndInternal => seesInternals,
        _ => false,
    };
}
