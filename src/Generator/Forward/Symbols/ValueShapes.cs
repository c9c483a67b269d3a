using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Symbols;

/// <summary>Finds the tensors in the types of a signature.</summary>
/// <param name="assembly">The compilation's assembly, whose types are copied member by member.</param>
/// <param name="model">The class whose forward it is; null where the code is written into a class without type parameters.</param>
internal sealed class ValueShapes(IAssemblySymbol assembly, INamedTypeSymbol? model = null)
{
    /// <summary>How deep values are followed. A generic type can hold ever longer types of itself.</summary>
    private const int MaximumDepth = 8;

    public static readonly ValueShape Opaque = new(ValueKind.Opaque, "");

    private static readonly ValueShape OutOfReach = new(ValueKind.OutOfReach, "");

    private readonly Dictionary<ITypeSymbol, ValueShape> known = new(SymbolEqualityComparer.Default);
    private readonly List<INamedTypeSymbol> path = [];
    private readonly List<(INamedTypeSymbol Type, string Place)> cycles = [];
    private readonly List<UnreachedTensors> unreached = [];

    /// <summary>What was found that generated code cannot replace.</summary>
    public IReadOnlyList<UnreachedTensors> Unreached => unreached;

    /// <summary>Where the tensors of a type sit.</summary>
    public ValueShape Of(ITypeSymbol type) => Read(type, type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));

    /// <summary>Notes tensors that stay as they are.</summary>
    internal ValueShape Refuse(string place, string reason)
    {
        if (unreached.All(other => other.Place != place))
        {
            unreached.Add(new(place, reason));
        }

        return OutOfReach;
    }

    /// <summary>Whether generated code in the model can set what only an initializer can: accessors know no type parameters.</summary>
    internal bool CanInitialize(INamedTypeSymbol declaring) => !IsGeneric(declaring) && (model is null || !IsGeneric(model));

    internal bool IsOwn(ITypeSymbol type) => SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, assembly);

    internal ValueShape Read(ITypeSymbol type, string place)
    {
        if (type.IsTensor())
        {
            return ValueShape.Tensor;
        }

        return type switch
        {
            ITypeParameterSymbol => new(ValueKind.Generic, Source(type)),
            IArrayTypeSymbol { IsSZArray: true } array => OfParts(ValueKind.Items, array, [("", array.ElementType)], place),
            IArrayTypeSymbol array when Read(array.ElementType, place).Kind is not ValueKind.Opaque
                => Refuse(place, "only arrays of one dimension are copied: use one, or an array of arrays"),
            INamedTypeSymbol { TypeKind: not (TypeKind.Enum or TypeKind.Delegate or TypeKind.Error) } named
                when named.SpecialType is SpecialType.None || named.IsGenericType
                => ReadOnce(named, place),
            _ => Opaque,
        };
    }

    private ValueShape ReadOnce(INamedTypeSymbol type, string place)
    {
        if (known.TryGetValue(type, out var shape))
        {
            return shape;
        }

        if (path.Contains(type, SymbolEqualityComparer.Default))
        {
            cycles.Add((type, place));
            return Opaque;
        }

        if (path.Count == MaximumDepth)
        {
            return Refuse(place, $"values are followed {MaximumDepth} levels deep: pass what is deeper as an argument of its own");
        }

        path.Add(type);
        shape = ReadNamed(type, place);
        path.RemoveAt(path.Count - 1);
        foreach (var cycle in cycles.Where(cycle => shape.Kind is not ValueKind.Opaque && SymbolEqualityComparer.Default.Equals(cycle.Type, type)))
        {
            Refuse(cycle.Place, $"it leads back to '{type.Name}', and only the first one is copied: pass several in a list");
        }

        cycles.RemoveAll(cycle => SymbolEqualityComparer.Default.Equals(cycle.Type, type));
        known[type] = shape;
        return shape;
    }

    private ValueShape ReadNamed(INamedTypeSymbol type, string place)
    {
        if (type is { IsTupleType: true, TupleElements.Length: >= 2 })
        {
            var elements = type.TupleElements.Select(static (element, index) => ("Item" + (index + 1), element.Type));
            return OfParts(ValueKind.Tuple, type, [.. elements], place);
        }

        if (type.OriginalDefinition.SpecialType is SpecialType.System_Nullable_T)
        {
            return OfParts(ValueKind.Nullable, type, [("", type.TypeArguments[0])], place);
        }

        return type switch
        {
            _ when type.IsCollection("List", "IList", "ICollection", "IEnumerable", "IReadOnlyList", "IReadOnlyCollection")
                => OfParts(ValueKind.Items, type, [("", type.TypeArguments[0])], place),
            _ when type.IsCollection("Dictionary", "IDictionary", "IReadOnlyDictionary") => OfDictionary(type, place),
            _ when type.SpecialType is not SpecialType.None || type.IsModuleOrTensor() => Opaque,
            _ when IsOwn(type) && type.TypeKind is TypeKind.Class or TypeKind.Struct => new StoredMembers(this, type).Read(place),
            _ when !HasTensors(type) => Opaque,

            // What a task gives comes when the region is left, of which PRC3001 speaks.
            { Name: "Task" or "ValueTask" } when type.ContainingNamespace.ToSource() is "System.Threading.Tasks" => OutOfReach,
            { TypeKind: TypeKind.Interface } when IsOwn(type)
                => Refuse(place, $"the interface '{type.Name}' does not say how it is copied: use the record or class itself"),
            _ => Refuse(place, $"'{type.Name}' is a type of another assembly: use a tuple, an array, a list, a dictionary, or a record of your own"),
        };
    }

    private ValueShape OfDictionary(INamedTypeSymbol type, string place)
    {
        var value = Read(type.TypeArguments[1], place);
        return value.HasTensors
            ? new(ValueKind.Dictionary, Source(type), new([new("", new(ValueKind.Opaque, Source(type.TypeArguments[0]))), new("", value)]))
            : value;
    }

    private ValueShape OfParts(ValueKind kind, ITypeSymbol type, (string Name, ITypeSymbol Type)[] parts, string place)
    {
        var members = ImmutableArray.CreateBuilder<ValueMember>(parts.Length);
        foreach (var (name, part) in parts)
        {
            members.Add(new(name, Read(part, place)));
        }

        return members.Any(static member => member.Shape.HasTensors) ? new(kind, Source(type), new(members.MoveToImmutable()))
            : members.Any(static member => member.Shape.Kind is ValueKind.OutOfReach) ? OutOfReach
            : Opaque;
    }

    /// <summary>Whether a type shows tensors, in public members or as a sequence of them.</summary>
    internal bool HasTensors(INamedTypeSymbol type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            foreach (var member in current.GetMembers())
            {
                if (member is { IsStatic: false, DeclaredAccessibility: Accessibility.Public }
                    && member is IPropertySymbol { IsIndexer: false } or IFieldSymbol
                    && IsTensors(member is IPropertySymbol property ? property.Type : ((IFieldSymbol)member).Type))
                {
                    return true;
                }
            }
        }

        return type.AllInterfaces.Any(static item => item.OriginalDefinition.SpecialType is SpecialType.System_Collections_Generic_IEnumerable_T
            && IsTensors(item.TypeArguments[0]));
    }

    /// <summary>Whether a type is a tensor, or made of tensors by its arguments.</summary>
    private static bool IsTensors(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => IsTensors(array.ElementType),
        INamedTypeSymbol { TypeKind: not TypeKind.Delegate } named => named.IsTensor() || named.TypeArguments.Any(IsTensors),
        _ => false,
    };

    private static bool IsGeneric(INamedTypeSymbol type)
    {
        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (current.Arity > 0)
            {
                return true;
            }
        }

        return false;
    }

    internal static string Source(ITypeSymbol type) => type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToSource();
}
