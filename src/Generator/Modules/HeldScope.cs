using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Precision.Generator.Modules;

/// <summary>What parameters hold in the calls that are being read, and what locals were found to hold there.</summary>
internal sealed class HeldScope
{
    private readonly Dictionary<ILocalSymbol, Held> locals = new(SymbolEqualityComparer.Default);
    private readonly ImmutableDictionary<IParameterSymbol, Held> arguments;

    /// <summary>Outside of all calls.</summary>
    public HeldScope() => arguments = ImmutableDictionary.Create<IParameterSymbol, Held>(SymbolEqualityComparer.Default);

    private HeldScope(ImmutableDictionary<IParameterSymbol, Held> arguments) => this.arguments = arguments;

    /// <summary>What a parameter holds; null where no call says so.</summary>
    public Held? Find(IParameterSymbol parameter) => arguments.TryGetValue(parameter, out var held) ? held : null;

    /// <summary>What a local holds, if that was found out before.</summary>
    public Held? Find(ILocalSymbol local) => locals.TryGetValue(local, out var held) ? held : null;

    /// <summary>Keeps what a local holds.</summary>
    public void Keep(ILocalSymbol local, Held held) => locals.Add(local, held);

    /// <summary>Inside one more call.</summary>
    public HeldScope With(IEnumerable<KeyValuePair<IParameterSymbol, Held>> given) => new(arguments.SetItems(given));
}
