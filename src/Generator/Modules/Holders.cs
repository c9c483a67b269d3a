using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Forward;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Modules;

/// <summary>
/// Which annotated models hold the classes of one compilation that have no annotation: found once, from the models downwards.
/// </summary>
internal sealed class Holders
{
    private readonly Dictionary<INamedTypeSymbol, List<Holder>> holders = new(SymbolEqualityComparer.Default);
    private readonly HashSet<INamedTypeSymbol> models = new(SymbolEqualityComparer.Default);
    private readonly Compilation compilation;
    private readonly HeldReader reader;
    private readonly CancellationToken token;

    private Holders(Compilation compilation, Holdings holdings, CancellationToken token)
    {
        (this.compilation, this.token) = (compilation, token);
        reader = holdings.ReaderOf(token);
    }

    /// <summary>Follows all annotated classes of a compilation.</summary>
    public static Holders Of(Compilation compilation, Holdings holdings, CancellationToken token)
    {
        var found = new Holders(compilation, holdings, token);
        foreach (var model in AnnotatedClassFinder.Find(compilation, token))
        {
            found.models.Add(model);
            found.Follow(model);
        }

        return found;
    }

    /// <summary>The models that hold a class, with the way to it: of each model the shortest, marked and not.</summary>
    public IReadOnlyList<Holder> this[INamedTypeSymbol type] => holders.TryGetValue(type.OriginalDefinition, out var found) ? found : [];

    /// <summary>All classes that models hold.</summary>
    public IEnumerable<(INamedTypeSymbol Type, Holder Holder)> All => holders.SelectMany(static held => held.Value.Select(holder => (held.Key, holder)));

    /// <summary>Whether something makes a class that neither is an annotated model nor is held by one.</summary>
    public bool IsMadeElsewhere(INamedTypeSymbol type)
    {
        // Who calls a factory makes what it returns.
        var (names, waiting) = (new HashSet<string>(StringComparer.Ordinal), new Stack<string>());
        waiting.Push(type.Name);
        while (waiting.Count > 0)
        {
            var name = waiting.Pop();
            if (!names.Add(name))
            {
                continue;
            }

            foreach (var place in compilation.SyntaxTrees.SelectMany(tree => MakersOfFile.Of(tree, token).Of(name)))
            {
                if (place.Factory is { } factory)
                {
                    waiting.Push(factory);
                }
                else if (!IsOfModel(place.Type))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private void Follow(INamedTypeSymbol model)
    {
        var seen = new HashSet<(INamedTypeSymbol, bool)>(MarkedTypes.Instance);
        var waiting = new Queue<(INamedTypeSymbol Type, string Path, bool IsMarked)>();
        waiting.Enqueue((model, model.Name, false));
        while (waiting.Count > 0)
        {
            token.ThrowIfCancellationRequested();
            var (type, path, isMarked) = waiting.Dequeue();
            foreach (var (held, name) in MembersOf(type))
            {
                // An annotated module has its own policy, and what it holds too.
                if (held.Type is not { } definition || !definition.IsInSource() || IsAnnotated(definition)
                    || !seen.Add((definition.OriginalDefinition, isMarked || held.IsMarked)))
                {
                    continue;
                }

                var holder = new Holder(model, name is null ? path : $"{path}.{name}", isMarked || held.IsMarked);
                Add(definition.OriginalDefinition, holder);
                waiting.Enqueue((definition.OriginalDefinition, holder.Path, holder.IsMarked));
            }
        }
    }

    /// <summary>What a class's members hold, and what its code makes besides.</summary>
    private IEnumerable<(HeldModule Held, string? Name)> MembersOf(INamedTypeSymbol type)
    {
        var inMembers = new HashSet<INamedTypeSymbol?>(SymbolEqualityComparer.Default);
        for (var current = type; current is not null && current.IsInSource(); current = current.BaseType?.OriginalDefinition)
        {
            foreach (var member in current.GetMembers().Where(static member => member is IFieldSymbol { AssociatedSymbol: null } or IPropertySymbol { IsIndexer: false }))
            {
                foreach (var held in reader.Member(member).Flat())
                {
                    inMembers.Add(held.Type);
                    yield return (held, member.Name);
                }
            }

            foreach (var made in current.DeclaringSyntaxReferences.SelectMany(reference => reader.Made(reference.GetSyntax(token))))
            {
                if (inMembers.Add(made.Type))
                {
                    yield return (made, null);
                }
            }
        }
    }

    private void Add(INamedTypeSymbol type, Holder holder)
    {
        if (!holders.TryGetValue(type, out var found))
        {
            holders.Add(type, found = []);
        }

        found.Add(holder);
    }

    private bool IsOfModel(TypeDeclarationSyntax? declaration)
        => declaration is not null
            && compilation.GetSemanticModel(declaration.SyntaxTree).GetDeclaredSymbol(declaration, token) is INamedTypeSymbol type
            && (models.Contains(type) || holders.ContainsKey(type) || IsAnnotated(type));

    private static bool IsAnnotated(INamedTypeSymbol type)
    {
        var inMembers = new HashSet<INamedTypeSymbol?>(SymbolEqualityComparer.Default);
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.OriginalDefinition.IsAnnotated())
            {
                return true;
            }
        }

        return false;
    }

    private sealed class MarkedTypes : IEqualityComparer<(INamedTypeSymbol Type, bool IsMarked)>
    {
        public static readonly MarkedTypes Instance = new();

        public bool Equals((INamedTypeSymbol Type, bool IsMarked) x, (INamedTypeSymbol Type, bool IsMarked) y)
            => x.IsMarked == y.IsMarked && SymbolEqualityComparer.Default.Equals(x.Type, y.Type);

        public int GetHashCode((INamedTypeSymbol Type, bool IsMarked) of) => SymbolEqualityComparer.Default.GetHashCode(of.Type);
    }
}
