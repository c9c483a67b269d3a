using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Modules;

namespace Precision.Generator.Flow.Values;

/// <summary>What is known of one value in one scenario: a lattice, from <see cref="TensorDtype.Bottom"/> to <see cref="Top"/>.</summary>
internal abstract record FlowValue
{
    /// <summary>Of a value of which nothing is known: it may be anything.</summary>
    public const FlowValue? Top = null;

    /// <summary>What is known of a value that is one or the other.</summary>
    public static FlowValue? Join(FlowValue? left, FlowValue? right)
    {
        if (left is null || right is null)
        {
            return Top;
        }

        if (ReferenceEquals(left, right))
        {
            return left;
        }

        switch (left, right)
        {
            case (TensorDtype a, TensorDtype b):
                return a.JoinWith(b);
            case (TensorDtype { IsBottom: true }, _):
                return right;
            case (_, TensorDtype { IsBottom: true }):
                return left;
            case (DtypeValue a, DtypeValue b):
                return new DtypeValue(a.Dtypes | b.Dtypes);
            case (NumberValue a, NumberValue b):
                return new NumberValue(a.Kinds | b.Kinds, a.Constant.Equals(b.Constant) ? a.Constant : null);
            case (SequenceValue a, SequenceValue b):
                return a.Equals(b) ? left : a.JoinWith(b);
            case (TupleValue a, TupleValue b) when a.Elements.Length == b.Elements.Length:
                var elements = ImmutableArray.CreateBuilder<FlowValue?>(a.Elements.Length);
                for (var i = 0; i < a.Elements.Length; i++)
                {
                    elements.Add(Join(a.Elements[i], b.Elements[i]));
                }

                return new TupleValue(elements.MoveToImmutable());
            case (ObjectValue a, ObjectValue b):
                return a.JoinWith(b);
            case (HeldValue a, HeldValue b):
                return new HeldValue(a.Held.Or(b.Held));
            default:
                return Equals(left, right) ? left : Top;
        }
    }
}

/// <summary>A value of type <c>ScalarType</c>.</summary>
internal sealed record DtypeValue(Dtypes Dtypes) : FlowValue;

/// <summary>A C# number, or a TorchSharp <c>Scalar</c>: booleans, Int64 for integers, Float32 for floating, ComplexFloat32 for complex numbers.</summary>
/// <param name="Kinds">What it is.</param>
/// <param name="Constant">The number itself, where that is known and <see cref="Numbers.MayNotFit">matters</see>; else null.</param>
internal sealed record NumberValue(Dtypes Kinds, double? Constant = null) : FlowValue;

/// <summary>An array or another collection.</summary>
/// <param name="Element">What its elements have in common.</param>
/// <param name="Items">The elements one by one, where the expression lists them; else default.</param>
/// <param name="Places">Elements of which more is known, by constant places or keys.</param>
internal sealed record SequenceValue(FlowValue Element, ImmutableArray<FlowValue> Items = default, ImmutableDictionary<object, FlowValue>? Places = null)
    : FlowValue
{
    /// <summary>A collection of what becomes of each element; null where nothing is known of one.</summary>
    public SequenceValue? Select(Func<FlowValue, FlowValue?> change)
        => change(Element) is not { } element ? null
            : new(
                element,
                Items.IsDefault ? default : [.. Items.Select(item => change(item) ?? element)],
                Places?.ToImmutableDictionary(static place => place.Key, place => change(place.Value) ?? element));

    /// <summary>What is known of a collection that is this one or the other.</summary>
    public SequenceValue? JoinWith(SequenceValue other)
    {
        if (Join(Element, other.Element) is not { } element)
        {
            return null;
        }

        var items = Items.IsDefault || other.Items.IsDefault || Items.Length != other.Items.Length ? default
            : Items.Zip(other.Items, Join).OfType<FlowValue>().ToImmutableArray();
        var places = Places?.Keys.Where(place => other.Places?.ContainsKey(place) == true)
            .Select(place => (Place: place, Value: Join(Places[place], other.Places![place])))
            .Where(static pair => pair.Value is not null)
            .ToImmutableDictionary(static pair => pair.Place, static pair => pair.Value!);
        return new(element, !items.IsDefault && items.Length == Items.Length ? items : default, places is { Count: > 0 } ? places : null);
    }

    public bool Equals(SequenceValue? other)
        => other is not null && Element.Equals(other.Element) && Items.IsDefault == other.Items.IsDefault
            && (Items.IsDefault || Items.SequenceEqual(other.Items)) && HaveSamePlaces(other);

    public override int GetHashCode() => Element.GetHashCode();

    private bool HaveSamePlaces(SequenceValue other)
        => ReferenceEquals(Places, other.Places)
            || (Places is not null && other.Places is not null && Places.Count == other.Places.Count
                && Places.All(place => other.Places.TryGetValue(place.Key, out var value) && value.Equals(place.Value)));
}

/// <summary>A module or a collection of modules, of which is known what it may be.</summary>
internal sealed record HeldValue(Held Held) : FlowValue
{
    /// <summary>The value of what is held; null where it may be anything.</summary>
    public static HeldValue? Of(Held held) => held.IsKnown ? new(held) : null;

    /// <summary>The class of a module that is one class for certain; else null.</summary>
    public INamedTypeSymbol? Type => Held is { IsKnown: true, Modules: [{ IsCollection: false, Type: var type }] } ? type : null;
}

/// <summary>A lambda or local function, known by its symbol.</summary>
internal sealed record FunctionValue(IMethodSymbol Method) : FlowValue
{
    public bool Equals(FunctionValue? other) => SymbolEqualityComparer.Default.Equals(Method, other?.Method);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Method);
}

/// <summary>A tuple.</summary>
internal sealed record TupleValue(ImmutableArray<FlowValue?> Elements) : FlowValue
{
    public bool Equals(TupleValue? other) => other is not null && Elements.SequenceEqual(other.Elements);

    public override int GetHashCode() => Elements.Length;
}
