using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Precision.Generator.Modules;

/// <summary>What TorchSharp's containers and .NET's collections make of what they are given.</summary>
internal static class Containers
{
    /// <summary>Whether a method puts its arguments into the collection that it is called on.</summary>
    public static bool IsAddition(string method)
        => method is "Add" or "AddRange" or "Insert" or "InsertRange" or "Enqueue" or "Push" or "AddLast" or "AddFirst" or "TryAdd"
            or "append" or "add" or "extend" or "insert" or "add_module" or "register_module";

    /// <summary>Whether such a method puts them behind what is there already.</summary>
    public static bool IsAtEnd(string method)
        => method is "Add" or "AddRange" or "Enqueue" or "AddLast" or "append" or "add" or "extend" or "add_module" or "register_module";

    /// <summary>
    /// A container of what it is given: modules, named ones, arrays and lists of either, nested as they come.
    /// </summary>
    public static Held Of(INamedTypeSymbol type, IEnumerable<Held> arguments)
    {
        var elements = Added(arguments, out var isOrdered);
        return Held.Collection(type, elements, isOrdered);
    }

    /// <summary>What is added to a container or a list: a collection's elements, else the value itself.</summary>
    /// <param name="arguments">The values.</param>
    /// <param name="isOrdered">Whether they are known one by one.</param>
    public static ImmutableArray<Held> Added(IEnumerable<Held> arguments, out bool isOrdered)
    {
        isOrdered = true;
        var elements = ImmutableArray.CreateBuilder<Held>();
        foreach (var argument in arguments)
        {
            Add(argument, elements, ref isOrdered);
        }

        return elements.ToImmutable();
    }

    /// <summary>A .NET collection of what is in others.</summary>
    public static Held Copy(IEnumerable<Held> sources, bool isOrdered)
    {
        var elements = ImmutableArray.CreateBuilder<Held>();
        foreach (var source in sources)
        {
            isOrdered &= source is { IsOpen: false, Modules: [] or [_] };
            foreach (var module in source.Modules)
            {
                elements.AddRange(module switch
                {
                    { IsCollection: true, IsOrdered: false } => [Held.Run(module.Elements, Rounds.Any, isOrdered: false)],
                    { IsCollection: true } => module.Elements,
                    _ => [new Held([module], IsOpen: false)],
                });
            }

            if (source.IsOpen)
            {
                elements.Add(Held.Unknown);
            }
        }

        return Held.Collection(null, elements.ToImmutable(), isOrdered);
    }

    private static void Add(Held value, ImmutableArray<Held>.Builder elements, ref bool isOrdered)
    {
        if (value.Modules.All(static module => module.Type is not null || module.IsRun))
        {
            if (value.IsOpen || !value.Modules.IsEmpty)
            {
                elements.Add(value);
            }

            return;
        }

        if (value is { IsOpen: false, Modules: not [{ IsOrdered: true }] } && value.Modules.All(static module => module is { Type: null, IsRun: false }))
        {
            // One list or another, or one whose order is open.
            elements.Add(value.Modules.Aggregate(Held.Nothing, static (all, list) => all.Or(AsRun(list))));
            return;
        }

        isOrdered &= value is { IsOpen: false, Modules: [{ IsOrdered: true }] };
        foreach (var module in value.Modules)
        {
            foreach (var element in module.Type is null ? module.Elements : [new Held([module], IsOpen: false)])
            {
                Add(element, elements, ref isOrdered);
            }
        }

        if (value.IsOpen)
        {
            elements.Add(Held.Unknown);
        }
    }

    private static Held AsRun(HeldModule list)
    {
        var elements = Added(list.Elements, out var isOrdered);
        isOrdered &= list.IsOrdered;
        return Held.Run(elements, isOrdered ? Rounds.One : Rounds.Any, isOrdered);
    }
}
