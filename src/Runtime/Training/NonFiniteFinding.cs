namespace Precision;

/// <summary>The first infinity or NaN that was found.</summary>
/// <param name="Kind">What holds it.</param>
/// <param name="Name">
/// The parameter's or buffer's name in <c>state_dict</c>, or the module's name in <c>named_modules()</c>; empty for the loss.
/// </param>
/// <param name="HasNaN">Whether there is a NaN, and not only infinities.</param>
public sealed record NonFiniteFinding(NonFiniteKind Kind, string Name, bool HasNaN)
{
    /// <summary>One sentence for people.</summary>
    public override string ToString()
    {
        var value = HasNaN ? "NaN" : "infinity";
        return Kind switch
        {
            NonFiniteKind.Weight => $"the weight '{Name}' holds a {value}",
            NonFiniteKind.Input => Name.Length == 0
                ? $"the model got a {value} as input"
                : $"module '{Name}' got a {value} from the code before it",
            NonFiniteKind.Output => Name.Length == 0
                ? $"the model's output holds a {value}"
                : $"the output of module '{Name}' holds a {value}, its inputs do not",
            NonFiniteKind.Loss => $"the loss is {value}",
            _ => $"the gradient of '{Name}' holds a {value}, the first on the way back from the loss",
        };
    }
}
