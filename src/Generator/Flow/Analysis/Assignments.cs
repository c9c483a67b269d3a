using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Analysis;

/// <summary>What assignments do: to variables, which states keep, and to the members of the object, which are noted.</summary>
internal sealed class Assignments(Variables variables, FlowEvaluator evaluator)
{
    private Dictionary<ISymbol, FlowValue?>? memberWrites;

    /// <summary>What fields and properties of the object, or static ones, are assigned.</summary>
    public IReadOnlyDictionary<ISymbol, FlowValue?> MemberWrites => memberWrites ?? InitialMembers.None;

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
            case IDeclarationExpressionOperation declaration:
                Assign(declaration.Expression, value, state);
                break;
            case ITupleOperation tuple:
                var parts = value as TupleValue;
                for (var i = 0; i < tuple.Elements.Length; i++)
                {
                    Assign(tuple.Elements[i], parts is not null && i < parts.Elements.Length ? parts.Elements[i] : FlowValue.Top, state);
                }

                break;
            case IArrayElementReferenceOperation element:
                evaluator.Evaluate(element, state);
                if (variables.Named(element.ArrayReference) is { } array)
                {
                    state[array] = state[array] is SequenceValue sequence && FlowValue.Join(sequence.Element, value) is { } joined
                        ? new SequenceValue(joined)
                        : FlowValue.Top;
                }

                break;
            default:
                evaluator.Evaluate(target, state);
                break;
        }

        return value;
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
                // Of a negated pattern, or one of both sides, the same value; of a property nothing is known.
                Match(inner, pattern is INegatedPatternOperation or IBinaryPatternOperation ? value : FlowValue.Top, state);
            }
            else if (child is IPropertySubpatternOperation { Pattern: { } sub })
            {
                Match(sub, FlowValue.Top, state);
            }
        }
    }

    private void NoteMember(ISymbol member, FlowValue? value)
    {
        memberWrites ??= new Dictionary<ISymbol, FlowValue?>(SymbolEqualityComparer.Default);
        memberWrites[member] = memberWrites.TryGetValue(member, out var other) ? FlowValue.Join(other, value) : value;
    }
}
