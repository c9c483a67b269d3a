using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Flow.Values;

/// <summary>An object, by what it stores.</summary>
/// <param name="Type">Its type, or a base of it.</param>
/// <param name="IsExact">Whether that is its type, since the expression makes it.</param>
/// <param name="Members">What its fields and automatic properties hold; what is absent is unknown.</param>
internal sealed record ObjectValue(INamedTypeSymbol Type, bool IsExact, ImmutableDictionary<ISymbol, FlowValue> Members) : FlowValue
{
    /// <summary>A loop may put an object into the next one, and the next: what is deeper is unknown.</summary>
    private const int MaximumDepth = 4;

    /// <summary>An object none of whose members is known.</summary>
    public ObjectValue(INamedTypeSymbol type, bool isExact)
        : this(type, isExact, ImmutableDictionary.Create<ISymbol, FlowValue>(SymbolEqualityComparer.Default))
    {
    }

    /// <summary>What a member holds; null where nothing is known of it.</summary>
    public FlowValue? this[ISymbol member] => Members.TryGetValue(member.OriginalDefinition, out var value) ? value : null;

    /// <summary>The object after a member was set.</summary>
    public ObjectValue With(ISymbol member, FlowValue? value)
    {
        // A struct in a field can be changed in place; what a property gives is a copy.
        var part = value is ObjectValue { Type.IsValueType: true } && member is IPropertySymbol ? value : Part(value);
        var key = member.OriginalDefinition;
        return this with { Members = part is not null && IsStored(member) && Depth(part) < MaximumDepth ? Members.SetItem(key, part) : Members.Remove(key) };
    }

    /// <summary>What stays true of the object when others have it too: of its members those that only its initialiser sets.</summary>
    public ObjectValue Fixed() => this with { Members = Members.RemoveRange(Members.Keys.Where(IsMutable)) };

    /// <summary>What <c>with</c> begins with; null where a record says itself how it is copied.</summary>
    public ObjectValue? Copy()
    {
        for (var type = Type; type is { IsRecord: true }; type = type.BaseType)
        {
            if (type.InstanceConstructors.Any(constructor
                => constructor is { IsImplicitlyDeclared: false, Parameters: [var other] } && SymbolEqualityComparer.Default.Equals(other.Type, type)))
            {
                return null;
            }
        }

        return this;
    }

    /// <summary>What stays true of a value in another object, in a tuple or in a collection, where it has no name by which changes are seen.</summary>
    public static FlowValue? Part(FlowValue? value) => value switch
    {
        SequenceValue => Top,
        ObjectValue made => made.Fixed(),
        TupleValue tuple => new TupleValue([.. tuple.Elements.Select(Part)]),
        _ => value,
    };

    /// <summary>Whether a member holds what it was given: a field, or an automatic property that no derived type replaces.</summary>
    public static bool IsStored(ISymbol member) => member switch
    {
        IFieldSymbol { IsStatic: false } => true,
        IPropertySymbol
        {
            IsStatic: false, IsIndexer: false, IsVirtual: false, IsOverride: false, IsAbstract: false, DeclaringSyntaxReferences: [var reference],
        } => reference.GetSyntax() is ParameterSyntax
            || (reference.GetSyntax() is PropertyDeclarationSyntax { ExpressionBody: null, AccessorList.Accessors: var accessors }
                && accessors.All(static accessor => accessor is { Body: null, ExpressionBody: null })),
        _ => false,
    };

    /// <summary>The property in which a record stores a parameter of its primary constructor; null where it stores it in none.</summary>
    public static IPropertySymbol? PropertyOf(IParameterSymbol parameter)
        => parameter.DeclaringSyntaxReferences is not [var declaration] ? null
            : parameter.ContainingType.GetMembers(parameter.Name).OfType<IPropertySymbol>().FirstOrDefault(property
                => property.DeclaringSyntaxReferences is [var reference] && reference.Span == declaration.Span && reference.SyntaxTree == declaration.SyntaxTree);

    /// <summary>The properties that a record's own deconstruction gives, in order; null where it has none with that many.</summary>
    public static IReadOnlyList<IPropertySymbol>? Deconstructed(ITypeSymbol? type, int count)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            var methods = current.GetMembers("Deconstruct").OfType<IMethodSymbol>().Where(method => method.Parameters.Length == count).ToArray();
            if (methods.Length > 0)
            {
                var properties = methods[0].Parameters.Select(parameter => PropertyNamed(current, parameter.Name)).OfType<IPropertySymbol>().ToArray();
                return methods is [{ IsImplicitlyDeclared: true }] && properties.Length == count ? properties : null;
            }
        }

        return null;
    }

    /// <summary>What is known of an object that is this one or the other; null for objects of two types.</summary>
    public ObjectValue? JoinWith(ObjectValue other)
    {
        if (!SymbolEqualityComparer.Default.Equals(Type, other.Type))
        {
            return null;
        }

        var members = Members;
        foreach (var member in Members)
        {
            members = Join(member.Value, other[member.Key]) is { } joined ? members.SetItem(member.Key, joined) : members.Remove(member.Key);
        }

        return new(Type, IsExact && other.IsExact, members);
    }

    public bool Equals(ObjectValue? other)
        => other is not null && IsExact == other.IsExact && SymbolEqualityComparer.Default.Equals(Type, other.Type)
            && Members.Count == other.Members.Count && Members.All(member => member.Value.Equals(other[member.Key]));

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Type);

    private static bool IsMutable(ISymbol member) => member is IFieldSymbol { IsReadOnly: false } or IPropertySymbol { SetMethod.IsInitOnly: false };

    private static int Depth(FlowValue? value) => value switch
    {
        ObjectValue made => 1 + made.Members.Values.Select(Depth).DefaultIfEmpty().Max(),
        TupleValue tuple => tuple.Elements.Select(Depth).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private static IPropertySymbol? PropertyNamed(ITypeSymbol type, string name)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.GetMembers(name).FirstOrDefault() is { } member)
            {
                return member as IPropertySymbol;
            }
        }

        return null;
    }
}
