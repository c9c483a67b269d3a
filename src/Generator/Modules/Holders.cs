using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Forward;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Operations;

namespace Precision.Generator.Modules;

/// <summary>
/// Which annotated models hold the classes of one compilation that have no annotation: found once, from the models downwards.
/// </summary>
internal sealed class Holders
{
    private readonly List<CompiledModule> compiled = [];
    private readonly Dictionary<INamedTypeSymbol, List<Holder>> holders = new(SymbolEqualityComparer.Default);
    private readonly HashSet<INamedTypeSymbol> models;
    private readonly ConcurrentDictionary<INamedTypeSymbol, bool> madeElsewhere = new(SymbolEqualityComparer.Default);
    private readonly Compilation compilation;
    private readonly HeldReader reader;
    private readonly CancellationToken token;

    private Holders(Compilation compilation, Holdings holdings, IEnumerable<INamedTypeSymbol> models, CancellationToken token)
    {
        (this.compilation, this.token) = (compilation, token);
        this.models = new(models, SymbolEqualityComparer.Default);
        reader = holdings.ReaderOf(token);
    }

    /// <summary>Follows models.</summary>
    /// <param name="compilation">The compilation.</param>
    /// <param name="holdings">What its classes hold.</param>
    /// <param name="models">Its annotated classes, or those that are judged as if they were held by one.</param>
    /// <param name="prepare">Told of classes before they are read.</param>
    /// <param name="token">Cancels.</param>
    public static Holders Of(
        Compilation compilation,
        Holdings holdings,
        IEnumerable<INamedTypeSymbol> models,
        Action<IEnumerable<INamedTypeSymbol>> prepare,
        CancellationToken token)
    {
        var found = new Holders(compilation, holdings, models, token);
        found.Follow(prepare);
        return found;
    }

    /// <summary>The models that hold a class, with the way to it: of each model the shortest, marked and not.</summary>
    public IReadOnlyList<Holder> this[INamedTypeSymbol type] => holders.TryGetValue(type.OriginalDefinition, out var found) ? found : [];

    /// <summary>All classes that models hold.</summary>
    public IEnumerable<(INamedTypeSymbol Type, Holder Holder)> All => holders.SelectMany(static held => held.Value.Select(holder => (held.Key, holder)));

    /// <summary>The classes of other assemblies that models hold, at every place that puts one there.</summary>
    public IReadOnlyList<CompiledModule> Compiled => compiled;

    /// <summary>Whether something makes a class that neither is an annotated model nor is held by one.</summary>
    public bool IsMadeElsewhere(INamedTypeSymbol type) => madeElsewhere.GetOrAdd(type, FindIsMadeElsewhere);

    private bool FindIsMadeElsewhere(INamedTypeSymbol type)
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

    /// <summary>Goes down from the models, all of them one level at a time.</summary>
    private void Follow(Action<IEnumerable<INamedTypeSymbol>> prepare)
    {
        var seen = new HashSet<(INamedTypeSymbol Model, INamedTypeSymbol Type, bool IsMarked)>(MarkedTypes.Instance);
        var prepared = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        var level = models.Select(static model => (Model: model, Type: model, Path: model.Name, IsMarked: false)).ToList();
        while (level.Count > 0)
        {
            token.ThrowIfCancellationRequested();
            prepare(level.Select(static held => held.Type).Where(prepared.Add));
            var next = new List<(INamedTypeSymbol Model, INamedTypeSymbol Type, string Path, bool IsMarked)>();
            foreach (var (model, type, path, isMarked) in level)
            {
                foreach (var (held, name, place) in MembersOf(type))
                {
                    // An annotated module has its own policy, and what it holds too.
                    if (held.Type?.OriginalDefinition is not { } definition || definition.IsOrInheritsAnnotated())
                    {
                        continue;
                    }

                    var holder = new Holder(model, name is null ? path : $"{path}.{name}", isMarked || held.IsMarked);
                    if (compilation.IsModuleOfAnotherAssembly(definition))
                    {
                        compiled.Add(new CompiledModule(definition, holder, type, place));
                    }
                    else if (compilation.Declares(definition) && seen.Add((model, definition, holder.IsMarked)))
                    {
                        Add(definition, holder);
                        next.Add((model, definition, holder.Path, holder.IsMarked));
                    }
                }
            }

            level = next;
        }
    }

    /// <summary>What a class's members hold, what its code makes besides, and the class elsewhere that it inherits its forward from.</summary>
    private IEnumerable<(HeldModule Held, string? Name, Location Place)> MembersOf(INamedTypeSymbol type)
    {
        var inMembers = new HashSet<INamedTypeSymbol?>(SymbolEqualityComparer.Default);
        var hasForward = false;
        var current = type;
        for (; current is not null && compilation.Declares(current); current = current.BaseType?.OriginalDefinition)
        {
            hasForward |= current.GetMembers().Any(static member => member.Name is AnnotatedClassAnalysis.Forward or AnnotatedClassAnalysis.ForwardCore);
            foreach (var member in current.GetMembers().Where(MayHoldOwn))
            {
                foreach (var held in reader.Member(member, type).Flat())
                {
                    inMembers.Add(held.Type);
                    yield return (held, member.Name, member.Locations[0]);
                }
            }

            var parts = current.DeclaringSyntaxReferences;
            foreach (var (made, place) in parts.SelectMany(reference => reader.Made(reference.GetSyntax(token))))
            {
                if (inMembers.Add(made.Type))
                {
                    yield return (made, null, place.GetLocation());
                }
            }
        }

        if (!hasForward && current is not null)
        {
            yield return (new HeldModule(current), null, type.Locations[0]);
        }
    }

    /// <summary>Whether a member may hold a module that is none of TorchSharp's layers: nobody can derive from those.</summary>
    private static bool MayHoldOwn(ISymbol member)
        => member switch
        {
            IFieldSymbol { AssociatedSymbol: null, Type: var type } => type,
            IPropertySymbol { IsIndexer: false, Type: var type } => type,
            _ => null,
        } is { } declared && declared.MayHoldModules()
            && !(declared is INamedTypeSymbol { InstanceConstructors: var constructors } layer && OperationTable.FindModule(layer) is not null
                && constructors.All(static constructor => constructor.DeclaredAccessibility is Accessibility.Internal or Accessibility.Private));

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
            && (models.Contains(type) || holders.ContainsKey(type) || type.IsOrInheritsAnnotated());

    private sealed class MarkedTypes : IEqualityComparer<(INamedTypeSymbol Model, INamedTypeSymbol Type, bool IsMarked)>
    {
        public static readonly MarkedTypes Instance = new();

        public bool Equals((INamedTypeSymbol Model, INamedTypeSymbol Type, bool IsMarked) x, (INamedTypeSymbol Model, INamedTypeSymbol Type, bool IsMarked) y)
            => x.IsMarked == y.IsMarked && SymbolEqualityComparer.Default.Equals(x.Type, y.Type) && SymbolEqualityComparer.Default.Equals(x.Model, y.Model);

        public int GetHashCode((INamedTypeSymbol Model, INamedTypeSymbol Type, bool IsMarked) of)
            => unchecked((SymbolEqualityComparer.Default.GetHashCode(of.Model) * 31) + SymbolEqualityComparer.Default.GetHashCode(of.Type));
    }
}
