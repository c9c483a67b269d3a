using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>
/// What assignments do: a variable that gets another object is another place, and conditions that name it are open again.
/// </summary>
internal static class Assignments
{
    /// <summary>Assigns a value to what an operation names.</summary>
    public static History Assign(IOperation target, IOperation value, History history, Frame frame, TensorValues values) => target switch
    {
        IMemberReferenceOperation { Instance: not (null or IInstanceReferenceOperation) } member => Forget(member.Member, history, frame),
        _ => Code.SymbolOf(target) is { } symbol ? Assign(symbol, value, history, frame, values) : history,
    };

    /// <summary>Assigns a value to a variable or a member of the object that runs.</summary>
    public static History Assign(ISymbol symbol, IOperation value, History history, Frame frame, TensorValues values)
    {
        var type = symbol switch
        {
            ILocalSymbol local => local.Type,
            IParameterSymbol parameter => parameter.Type,
            IFieldSymbol field => field.Type,
            _ => null,
        };
        if (type?.IsTensorOrDerived() == true)
        {
            var held = values.Of(value, frame, history);
            history = Forget(symbol, history, frame);
            return held.Equals(values.OfVariable(symbol, frame, history)) || (symbol is IFieldSymbol && frame.Instance is not null) ? history
                : history.With(TensorValues.KeyOf(symbol), new Fact(Stage.True, Value: held));
        }

        // The creation on the right has left facts of what it made, which was given to this place.
        var place = new Place(symbol);
        return value.WithoutConversions() is IObjectCreationOperation or IInvocationOperation || Equals(Places.Of(value, frame), place)
            ? ForgetConditions(symbol, history, frame)
            : Forget(symbol, history, frame);
    }

    /// <summary>Assigns the parts of a value.</summary>
    public static History Deconstruct(IDeconstructionAssignmentOperation deconstruction, History history, Frame frame, TensorValues values)
    {
        foreach (var part in deconstruction.Target.DescendantsAndSelf())
        {
            if (part is ILocalReferenceOperation or IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation }
                or IParameterReferenceOperation)
            {
                history = Assign(part, deconstruction.Value, history, frame, values);
            }
        }

        return history;
    }

    /// <summary>Forgets what is known of what a variable holds.</summary>
    public static History Forget(ISymbol symbol, History history, Frame frame)
        => ForgetConditions(symbol, history, frame).WithoutPlaces(place => SymbolEqualityComparer.Default.Equals(place.Symbol, symbol));

    private static History ForgetConditions(ISymbol symbol, History history, Frame frame)
        => history.Without(
            Topic.Condition,
            key => (key.Node is null || key.Node == frame.Code.Root.Syntax)
                && frame.Code.Names(key.Text!, symbol));
}
