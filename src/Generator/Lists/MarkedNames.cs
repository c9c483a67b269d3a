using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Precision.Generator.Forward;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Lists;

/// <summary>
/// The names of the methods that may carry <c>[ComputesIn]</c>, here and in referenced assemblies that know the attribute: attributes of
/// other methods are not read, since a call is looked up whenever it is typed.
/// </summary>
/// <param name="Methods">The names.</param>
/// <param name="HasClasses">Whether there are such classes.</param>
internal sealed record MarkedNames(ImmutableHashSet<string> Methods, bool HasClasses)
{
    private static readonly ConditionalWeakTable<IAssemblySymbol, MarkedNames> ByAssembly = new();

    private static readonly MarkedNames None = new([], false);

    /// <summary>The names of a compilation.</summary>
    public static MarkedNames Of(Compilation compilation, CancellationToken token)
        => compilation.SourceModule.ReferencedAssemblySymbols
            .Where(static assembly => assembly.Modules.Any(static module => module.ReferencedAssemblies.Any(static other => other.Name == "Precision")))
            .Select(static assembly => ByAssembly.GetValue(assembly, OfAssembly))
            .Aggregate(OfSource(compilation, token), static (all, of) => all.And(of));

    private static MarkedNames OfSource(Compilation compilation, CancellationToken token)
    {
        var files = compilation.SyntaxTrees.Select(tree => AttributedClasses.Of(tree, token)).ToArray();
        var stems = new HashSet<string>(files.SelectMany(static file => file.GlobalAliases), StringComparer.Ordinal)
        {
            AttributeNames.Stem(AnnotationSymbols.ComputesInAttribute),
        };
        return new([.. files.SelectMany(file => file.MethodsWithAny(stems))], files.Any(file => file.WithAny(stems).Any()));
    }

    private static MarkedNames OfAssembly(IAssemblySymbol assembly)
        => assembly.GlobalNamespace.GetMembers().Aggregate(None, static (all, member) => all.And(OfMember(member)));

    private static MarkedNames OfMember(ISymbol member) => member switch
    {
        IMethodSymbol method => method.FindComputesIn() is null ? None : new([method.Name], false),
        INamespaceOrTypeSymbol outer => outer.GetMembers().Aggregate(
            outer is INamedTypeSymbol type && type.FindComputesIn() is not null ? new([], true) : None,
            static (all, inner) => all.And(OfMember(inner))),
        _ => None,
    };

    private MarkedNames And(MarkedNames other)
        => other.Methods.IsEmpty && !other.HasClasses ? this : new(Methods.Union(other.Methods), HasClasses || other.HasClasses);
}
