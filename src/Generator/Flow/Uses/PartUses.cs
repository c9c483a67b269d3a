using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Uses;

/// <summary>What a body does with its variables that hold tensors, and with the tensors that its parameters consist of.</summary>
internal sealed class PartUses
{
    /// <summary>The part that stands for each element of a collection.</summary>
    public static readonly object Elements = new();

    private static readonly TensorUses None = new();

    private readonly Dictionary<ISymbol, Dictionary<object, TensorUses>> parts = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, TensorUses> whole = new(SymbolEqualityComparer.Default);

    /// <summary>Reads a body.</summary>
    public PartUses(IOperation root)
    {
        foreach (var operation in root.DescendantsAndSelf())
        {
            ISymbol? variable = operation switch
            {
                ILocalReferenceOperation { IsDeclaration: false, Local: var local } => local,
                IParameterReferenceOperation { Parameter: var parameter } => parameter,
                _ => null,
            };
            if (variable is not null && operation.Type?.IsTensorOrDerived() == true)
            {
                Whole(variable).Note(operation);
            }
            else if (variable is IParameterSymbol)
            {
                NotePart(variable, operation);
            }
        }
    }

    /// <summary>What is done with a variable as it is.</summary>
    public TensorUses this[ISymbol variable] => whole.TryGetValue(variable, out var uses) ? uses : None;

    /// <summary>What is done with a part of a parameter.</summary>
    public TensorUses this[ISymbol parameter, object part] => parts.TryGetValue(parameter, out var all) && all.TryGetValue(part, out var uses) ? uses : None;

    /// <summary>The parts of a parameter that the body itself names: names of members, places, keys, and <see cref="Elements"/>.</summary>
    public IEnumerable<object> PartsOf(ISymbol parameter) => parts.TryGetValue(parameter, out var all) ? all.Keys : [];

    /// <summary>The name of an element of a tuple.</summary>
    public static string NameOfItem(int index) => "Item" + (index + 1);

    private void NotePart(ISymbol parameter, IOperation value)
    {
        while (value.Parent is IConversionOperation)
        {
            value = value.Parent;
        }

        switch (value.Parent)
        {
            case IArgumentOperation { Parent: IInvocationOperation } argument:
                Whole(parameter).Given.Add(argument);
                break;
            case IForEachLoopOperation { LoopControlVariable: IVariableDeclaratorOperation { Symbol: var element } }:
                Part(parameter, Elements).Copies.Add(element);
                break;
            case IDeconstructionAssignmentOperation { Target: var target } deconstruction when deconstruction.Value == value:
                NoteDeconstruction(parameter, target is IDeclarationExpressionOperation { Expression: var declared } ? declared : target, value.Type);
                break;
            case { Type: { } type } reference when type.IsTensorOrDerived() && PartOf(reference, value) is { } part:
                Part(parameter, part).Note(reference);
                break;
        }
    }

    private void NoteDeconstruction(ISymbol parameter, IOperation target, ITypeSymbol? type)
    {
        if (target is not ITupleOperation { Elements: var places })
        {
            return;
        }

        var properties = ObjectValue.Deconstructed(type, places.Length);
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i] is ILocalReferenceOperation { Local: var local } && (properties is not null || type is { IsTupleType: true }))
            {
                Part(parameter, properties?[i].Name ?? NameOfItem(i)).Copies.Add(local);
            }
        }
    }

    private static object? PartOf(IOperation reference, IOperation whole) => reference switch
    {
        IPropertyReferenceOperation { Property.IsIndexer: true, Arguments: [{ Value: var place }] } list when list.Instance == whole => Constant(place),
        IArrayElementReferenceOperation { Indices: [var place] } array when array.ArrayReference == whole => Constant(place),
        IImplicitIndexerReferenceOperation list when list.Instance == whole => Elements,
        IPropertyReferenceOperation { Property.IsIndexer: false } member when member.Instance == whole => member.Property.Name,
        IFieldReferenceOperation member when member.Instance == whole => (member.Field.CorrespondingTupleField ?? member.Field).Name,
        _ => null,
    };

    private static object Constant(IOperation place) => place.ConstantValue is { HasValue: true, Value: { } constant } ? constant : Elements;

    private TensorUses Whole(ISymbol variable)
    {
        if (!whole.TryGetValue(variable, out var uses))
        {
            whole.Add(variable, uses = new TensorUses());
        }

        return uses;
    }

    private TensorUses Part(ISymbol parameter, object part)
    {
        if (!parts.TryGetValue(parameter, out var all))
        {
            parts.Add(parameter, all = []);
        }

        if (!all.TryGetValue(part, out var uses))
        {
            all.Add(part, uses = new TensorUses());
        }

        return uses;
    }
}
