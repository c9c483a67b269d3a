using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;

namespace Precision.Generator.Modules;

/// <summary>
/// What holds what in one compilation: the modules in the fields and properties of its classes, found when a class is first asked for.
/// </summary>
internal sealed class Holdings(Compilation compilation)
{
    private readonly ConcurrentDictionary<ISymbol, Held> members = new(SymbolEqualityComparer.Default);

    /// <summary>What a field or property of this compilation's own holds.</summary>
    public Held Of(ISymbol member, CancellationToken token)
        => Find(member.OriginalDefinition) ?? ReaderOf(token).Member(member);

    /// <summary>Reads the modules that expressions hold. For one class or body: it keeps what the compiler has bound.</summary>
    public HeldReader ReaderOf(CancellationToken token) => new(this, new SourceModels(compilation, token));

    /// <summary>What a member holds, if that was found out before.</summary>
    internal Held? Find(ISymbol member) => members.TryGetValue(member, out var held) ? held : null;

    /// <summary>Keeps what a member holds.</summary>
    internal void Keep(ISymbol member, Held held) => members.TryAdd(member, held);
}
