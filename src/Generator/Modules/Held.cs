using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Precision.Generator.Modules;

/// <summary>The modules that a value may be, as far as the source shows.</summary>
/// <param name="Modules">What it may be: modules, and collections of them.</param>
/// <param name="IsOpen">Whether it may be something else too.</param>
internal sealed record Held(ImmutableArray<HeldModule> Modules, bool IsOpen)
{
    /// <summary>Of null, and of values that are no modules.</summary>
    public static readonly Held Nothing = new([], IsOpen: false);

    /// <summary>Of what is handed in from outside.</summary>
    public static readonly Held Unknown = new([], IsOpen: true);

    /// <summary>Of a module whose class is known exactly.</summary>
    public static Held Module(INamedTypeSymbol type) => new([new HeldModule(type)], IsOpen: false);

    /// <summary>Of a collection.</summary>
    /// <param name="type">TorchSharp's container; null for arrays, lists and tuples.</param>
    /// <param name="elements">What is in it.</param>
    /// <param name="isOrdered">Whether these are the elements one by one, and not only what may be among them.</param>
    public static Held Collection(INamedTypeSymbol? type, ImmutableArray<Held> elements, bool isOrdered)
        => elements is [{ IsOpen: false, Modules: [{ Rounds: Rounds.Any, IsOrdered: false } all] }]
            ? new([new HeldModule(type, all.Elements)], IsOpen: false)
            : new([new HeldModule(type, elements, isOrdered)], IsOpen: false);

    /// <summary>Elements in a row, as part of a collection: those of a branch, or those that each round of a loop adds.</summary>
    /// <param name="elements">The elements.</param>
    /// <param name="rounds">How often they come.</param>
    /// <param name="isOrdered">Whether each round adds all of them, in this order.</param>
    public static Held Run(ImmutableArray<Held> elements, Rounds rounds, bool isOrdered = true)
        => rounds is Rounds.One && isOrdered && elements is [var only] ? only : new([new HeldModule(null, elements, isOrdered, Rounds: rounds)], IsOpen: false);

    /// <summary>Whether all that it may be is known.</summary>
    public bool IsKnown => !IsOpen && Modules.Length > 0;

    /// <summary>Whether something in it, however deep, may be something else.</summary>
    public bool HasOpenParts => IsOpen || Modules.Any(static module => module.IsCollection && module.Elements.Any(static element => element.HasOpenParts));

    /// <summary>What is one or the other.</summary>
    public Held Or(Held other)
    {
        if (Modules.IsEmpty && !IsOpen)
        {
            return other;
        }

        var added = other.Modules.RemoveAll(Modules.Contains);
        return added.IsEmpty && (IsOpen || !other.IsOpen) ? this : new(Modules.AddRange(added), IsOpen || other.IsOpen);
    }

    /// <summary>The same where something else may be there too.</summary>
    public Held OrUnknown() => IsOpen ? this : this with { IsOpen = true };

    /// <summary>What an element of it is.</summary>
    /// <param name="index">Its place, where that is known.</param>
    public Held Element(int? index = null)
    {
        var element = IsOpen ? Unknown : Nothing;
        foreach (var module in Modules)
        {
            element = element.Or(module.Element(index));
        }

        return element;
    }

    /// <summary>What a part of it is, where it is a tuple. Of pairs of names and modules collections keep the modules alone.</summary>
    public Held Part(int place)
        => place < 0 ? Unknown : Modules.Aggregate(
            IsOpen ? Unknown : Nothing,
            (all, module) => all.Or(module is { IsCollection: true, Type: null } ? module.Element(place) : new([module], IsOpen: false)));

    /// <summary>Its collections with something put into them, at a place that nobody knows.</summary>
    public Held With(IEnumerable<Held> added)
    {
        var more = added.Where(static element => element.IsOpen || element.Modules.Length > 0).ToImmutableArray();
        return more.IsEmpty ? this : new([.. Modules.Select(module => module.With(more))], IsOpen);
    }

    /// <summary>The same, reached through a member that is marked <c>[FullPrecision]</c>.</summary>
    public Held Marked() => new([.. Modules.Select(static module => module.Marked())], IsOpen);

    /// <summary>The modules without the collections around them, in order.</summary>
    public IEnumerable<HeldModule> Flat() => Modules.SelectMany(static module => module.Flat());

    public bool Equals(Held? other) => other is not null && IsOpen == other.IsOpen && Modules.SequenceEqual(other.Modules);

    public override int GetHashCode() => Modules.Aggregate(IsOpen ? 1 : 0, static (hash, module) => unchecked((hash * 31) + module.GetHashCode()));
}

/// <summary>A module or a collection of modules.</summary>
/// <param name="Type">The class; null for arrays, lists and tuples.</param>
/// <param name="Elements">What is in a collection; default for other modules.</param>
/// <param name="IsOrdered">Whether these are the elements one by one, and not only what may be among them.</param>
/// <param name="IsMarked">Whether it was reached through a member that is marked <c>[FullPrecision]</c>.</param>
/// <param name="Rounds">How often the elements come that are only a part of the collection around them; else none.</param>
internal sealed record HeldModule(
    INamedTypeSymbol? Type,
    ImmutableArray<Held> Elements = default,
    bool IsOrdered = false,
    bool IsMarked = false,
    Rounds Rounds = Rounds.None)
{
    /// <summary>Whether it is a collection.</summary>
    public bool IsCollection => !Elements.IsDefault;

    /// <summary>Whether it is only a part of the collection around it.</summary>
    public bool IsRun => Rounds is not Rounds.None;

    public Held Element(int? index)
        => !IsCollection ? Held.Unknown
            : IsOrdered && index is { } at && at >= 0 && at < Elements.Length && !Elements.Take(at + 1).Any(HasRuns) ? Elements[at]
            : Elements.Aggregate(Held.Nothing, static (all, element) => all.Or(HasRuns(element) ? OneOf(element) : element));

    public HeldModule With(ImmutableArray<Held> added) => IsCollection ? this with { Elements = Elements.AddRange(added), IsOrdered = false } : this;

    public HeldModule Marked()
        => this with { IsMarked = true, Elements = IsCollection ? [.. Elements.Select(static element => element.Marked())] : default };

    public IEnumerable<HeldModule> Flat() => IsCollection ? Elements.SelectMany(static element => element.Flat()) : [this];

    public bool Equals(HeldModule? other)
        => other is not null && SymbolEqualityComparer.Default.Equals(Type, other.Type) && IsOrdered == other.IsOrdered && IsMarked == other.IsMarked
            && Rounds == other.Rounds && IsCollection == other.IsCollection && (!IsCollection || Elements.SequenceEqual(other.Elements));

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Type);

    private static bool HasRuns(Held element) => element.Modules.Any(static module => module.IsRun);

    private static Held OneOf(Held element)
        => element.Modules.Aggregate(
            element.IsOpen ? Held.Unknown : Held.Nothing,
            static (all, module) => all.Or(module.IsRun ? module.Element(index: null) : new([module], IsOpen: false)));
}

/// <summary>How often a part of a collection is added to it.</summary>
internal enum Rounds
{
    /// <summary>It is no part of a collection.</summary>
    None,

    /// <summary>Once.</summary>
    One,

    /// <summary>Once or more often.</summary>
    Some,

    /// <summary>Any number of times, or not at all.</summary>
    Any,
}
