using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Modules;

/// <summary>
/// What holds what in one compilation: the modules in the fields and properties of its classes, found when a class is first asked for.
/// </summary>
internal sealed class Holdings
{
    private readonly ConcurrentDictionary<ISymbol, Held> members = new(SymbolEqualityComparer.Default);

    /// <summary>What members hold in objects of a known class.</summary>
    private readonly ConcurrentDictionary<INamedTypeSymbol, ConcurrentDictionary<ISymbol, Held>> byClass = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<IMethodSymbol, ImmutableArray<ImmutableArray<IArgumentOperation>>> calls = new(SymbolEqualityComparer.Default);
    private readonly Compilation compilation;
    private readonly Lazy<HashSet<string>> assigned;
    private readonly Lazy<HashSet<string>> filled;

    private readonly SourceModels? models;

    /// <param name="compilation">The compilation.</param>
    /// <param name="models">What its reader binds, to be shared; null where the compiler shares what it binds, or keeps it for too long.</param>
    public Holdings(Compilation compilation, SourceModels? models = null)
    {
        (this.compilation, this.models) = (compilation, models);
        assigned = new(() => NamesIn(static file => file.Assigned));
        filled = new(() => NamesIn(static file => file.Filled));
    }

    /// <summary>What a field or property of this compilation's own holds.</summary>
    /// <param name="member">The field or property.</param>
    /// <param name="type">The class of the object that has it, where that is known.</param>
    /// <param name="token">Cancels.</param>
    public Held Of(ISymbol member, INamedTypeSymbol? type, CancellationToken token)
    {
        member = member.OriginalDefinition;
        type = type?.OriginalDefinition;
        if (Find(member, type) is { } known)
        {
            return known;
        }

        // Binding a class is what costs, so that all its members are read together.
        var reader = ReaderOf(token);
        foreach (var other in member.ContainingType.GetMembers())
        {
            if (other is IFieldSymbol { AssociatedSymbol: null, Type: var field } ? field.IsOfModules() : other is IPropertySymbol { Type: var property } && property.IsOfModules())
            {
                reader.Member(other);
            }
        }

        return reader.Member(member, type);
    }

    /// <summary>Reads the modules that expressions hold. For one class or body: it keeps what the compiler has bound.</summary>
    public HeldReader ReaderOf(CancellationToken token) => new(this, models ?? new SourceModels(compilation, token));

    /// <summary>What a member holds, if that was found out before.</summary>
    internal Held? Find(ISymbol member, INamedTypeSymbol? type)
        => members.TryGetValue(member, out var held) && (type is null || !DependsOnClass(member, held, type)) ? held
            : type is not null && byClass.TryGetValue(type, out var ofClass) && ofClass.TryGetValue(member, out held) ? held
            : null;

    /// <summary>Whether the class of the object may tell more than what a member holds in any: which virtual methods run, and what a derived class adds.</summary>
    internal static bool DependsOnClass(ISymbol member, Held held, INamedTypeSymbol type)
        => held.HasOpenParts
            || (member.DeclaredAccessibility is not Accessibility.Private && !SymbolEqualityComparer.Default.Equals(type, member.ContainingType));

    /// <summary>Keeps what a member holds.</summary>
    internal void Keep(ISymbol member, INamedTypeSymbol? type, Held held)
        => (type is null ? members : byClass.GetOrAdd(type, static _ => new(SymbolEqualityComparer.Default))).TryAdd(member, held);

    /// <summary>The arguments of each call of a constructor.</summary>
    internal ImmutableArray<ImmutableArray<IArgumentOperation>> CallsOf(IMethodSymbol constructor, SourceModels models)
        => calls.GetOrAdd(constructor, constructor => ConstructorCalls.Of(constructor, compilation, models));

    /// <summary>Whether some file assigns a member of this name through another object.</summary>
    internal bool IsAssignedElsewhere(string name) => assigned.Value.Contains(name);

    /// <summary>Whether some file adds to a collection in a member of this name through another object.</summary>
    internal bool IsFilledElsewhere(string name) => filled.Value.Contains(name);

    private HashSet<string> NamesIn(Func<WritesOfFile, HashSet<string>> names)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tree in compilation.SyntaxTrees)
        {
            all.UnionWith(names(WritesOfFile.Of(tree, CancellationToken.None)));
        }

        return all;
    }
}
