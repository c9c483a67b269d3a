using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Transfer;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Analysis;

/// <summary>What assignments do: to variables, which states keep, and to the members of the object, which are noted.</summary>
internal sealed class Assignments(Variables variables, FlowEvaluator evaluator)
{
    private Dictionary<ISymbol, FlowValue?>? memberWrites;
    private readonly Dictionary<IFieldSymbol, FlowValue?> stores = new(SymbolEqualityComparer.Default);

    /// <summary>What fields and properties of the object, or static ones, are assigned.</summary>
    public IReadOnlyDictionary<ISymbol, FlowValue?> MemberWrites => memberWrites ?? InitialMembers.None;

    /// <summary>What is put into fields, or into collections in them.</summary>
    public IReadOnlyDictionary<IFieldSymbol, FlowValue?> Stores => stores;

    /// <summary>Stores a value where an operation stands for a place.</summary>
    /// <returns>The value.</returns>
    public FlowValue? Assign(IOperation target, FlowValue? value, FlowState state)
    {
        switch (target)
        {
            case ILocalReferenceOperation { Local: var local }:
                state[local] = value;
                break;
            case IParameterReferenceOperation { Parameter: var parameter }:
                state[parameter] = value;
                break;
            case IFlowCaptureReferenceOperation reference:
                state[reference.Id] = value;
                if (variables.Find(reference.Id)?.Value is { } captured and not IFlowCaptureReferenceOperation)
                {
                    Assign(captured, value, state);
                }

                break;
            case IConversionOperation conversion:
                Assign(conversion.Operand, value, state);
                break;
            case IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation, Field: var field }:
                NoteMember(field, value);
                break;
            case IPropertyReferenceOperation { Instance: null or IInstanceReferenceOperation, Property: { IsIndexer: false } property }:
                NoteMember(property, value);
                break;
            case IDeclarationExpressionOperation or ITupleOperation:
                Deconstruct(target, value, type: null, state);
                break;
            case IMemberReferenceOperation { Instance: { } instance, Member: var member } when target is not IPropertyReferenceOperation { Property.IsIndexer: true }:
                evaluator.Evaluate(target, state);
                Change(instance, changed => changed is ObjectValue made ? ObjectValue.IsStored(member) ? made.With(member, value) : made.Fixed() : changed, state);
                break;
            default:
                evaluator.Evaluate(target, state);
                if (Variables.Owner(target) is { } collection)
                {
                    if (FieldOf(collection) is { } filled)
                    {
                        Store(filled, value is null ? null : new SequenceValue(value));
                    }

                    var place = target switch
                    {
                        IPropertyReferenceOperation { Arguments: [{ Value: var key }] } => Sequences.PlaceOf(key),
                        IArrayElementReferenceOperation { Indices: [var index] } => Sequences.PlaceOf(index),
                        _ => null,
                    };
                    Change(collection, changed => changed is SequenceValue list ? Sequences.Put(list, value, place) : changed, state);
                }

                break;
        }

        return value;
    }

    /// <summary>Stores the parts of a tuple or a record where a deconstruction puts them.</summary>
    /// <param name="target">The places: a tuple, or a tuple in it.</param>
    /// <param name="value">What is deconstructed.</param>
    /// <param name="type">The type that is deconstructed.</param>
    /// <param name="state">The state.</param>
    /// <returns>The value.</returns>
    public FlowValue? Deconstruct(IOperation target, FlowValue? value, ITypeSymbol? type, FlowState state)
    {
        switch (target)
        {
            case IDeclarationExpressionOperation declaration:
                return Deconstruct(declaration.Expression, value, type, state);
            case ITupleOperation tuple:
                var places = tuple.Elements;
                var properties = value is ObjectValue ? ObjectValue.Deconstructed(type, places.Length) : null;
                var fields = (type as INamedTypeSymbol)?.TupleElements is { IsDefault: false } elements && elements.Length == places.Length ? elements : default;
                for (var i = 0; i < places.Length; i++)
                {
                    var part = value switch
                    {
                        TupleValue known when i < known.Elements.Length => known.Elements[i],
                        ObjectValue made when properties is not null => made[properties[i]],
                        TensorDtype { IsBottom: true } nothing => nothing, // of a call whose result is being found
                        _ => FlowValue.Top,
                    };
                    Deconstruct(places[i], part, properties?[i].Type ?? (fields.IsDefault ? null : fields[i].Type), state);
                }

                return value;
            default:
                return Assign(target, value, state);
        }
    }

    /// <summary>Changes what a variable, or an object that is being made, holds.</summary>
    private void Change(IOperation place, Func<FlowValue?, FlowValue?> change, FlowState state)
    {
        if (place is IFlowCaptureReferenceOperation reference)
        {
            state[reference.Id] = change(state[reference.Id]);
        }

        if (variables.Named(place) is { } variable)
        {
            state[variable] = change(state[variable]);
        }
    }

    /// <summary>Stores the value of an initialiser in its fields or properties.</summary>
    /// <returns>Nothing: it is no expression.</returns>
    public FlowValue? Initialize(IEnumerable<ISymbol> initialized, FlowValue? value)
    {
        foreach (var member in initialized)
        {
            NoteMember(member, value);
        }

        return FlowValue.Top;
    }

    /// <summary>Stores a value in the variables that a pattern declares.</summary>
    public static void Match(IPatternOperation pattern, FlowValue? value, FlowState state)
    {
        var declared = pattern switch
        {
            IDeclarationPatternOperation declaration => declaration.DeclaredSymbol,
            IRecursivePatternOperation recursive => recursive.DeclaredSymbol,
            _ => null,
        };
        if (declared is not null)
        {
            state[declared] = value;
        }

        foreach (var child in pattern.ChildOperations)
        {
            if (child is IPatternOperation inner)
            {
                // Of a negated pattern, or one of both sides, the same value; of what a deconstruction gives nothing is known.
                Match(inner, pattern is INegatedPatternOperation or IBinaryPatternOperation ? value : FlowValue.Top, state);
            }
            else if (child is IPropertySubpatternOperation { Pattern: { } sub } property)
            {
                Match(sub, value is ObjectValue made && property.Member is IMemberReferenceOperation { Member: var member } ? made[member] : FlowValue.Top, state);
            }
        }
    }

    /// <summary>The field of the object that an operation names, by itself or as a captured value.</summary>
    private IFieldSymbol? FieldOf(IOperation place) => place switch
    {
        IFieldReferenceOperation { Instance: IInstanceReferenceOperation, Field: var field } => field,
        IFlowCaptureReferenceOperation { Id: var id } => variables.Find(id) is { Value: not IFlowCaptureReferenceOperation and { } value } ? FieldOf(value) : null,
        _ => null,
    };

    private void Store(IFieldSymbol field, FlowValue? value)
        => stores[field.OriginalDefinition] = stores.TryGetValue(field.OriginalDefinition, out var other) ? FlowValue.Join(other, value) : value;

    private void NoteMember(ISymbol member, FlowValue? value)
    {
        if (member is IFieldSymbol field)
        {
            Store(field, value);
        }

        memberWrites ??= new Dictionary<ISymbol, FlowValue?>(SymbolEqualityComparer.Default);
        memberWrites[member] = memberWrites.TryGetValue(member, out var other) ? FlowValue.Join(other, value) : value;
    }
}
