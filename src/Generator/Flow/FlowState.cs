namespace Precision.Generator.Flow;

/// <summary>What is known of variables and captured intermediate values at one point. What is absent was not assigned yet.</summary>
internal sealed class FlowState
{
    private readonly Dictionary<object, FlowValue?> values;

    public FlowState() => values = [];

    private FlowState(FlowState other) => values = new(other.values);

    /// <summary>What is known of a variable (its symbol) or an intermediate value (its <c>CaptureId</c>).</summary>
    public FlowValue? this[object variable]
    {
        get => values.TryGetValue(variable, out var value) ? value : null;
        set => values[variable] = value;
    }

    /// <summary>What was assigned.</summary>
    public IReadOnlyCollection<object> Variables => values.Keys;

    /// <summary>A state of its own that knows the same.</summary>
    public FlowState Clone() => new(this);

    /// <summary>Keeps what this state and another one have in common.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Join(FlowState other)
    {
        var changed = false;
        foreach (var (variable, value) in other.values.Select(static pair => (pair.Key, pair.Value)))
        {
            if (!values.TryGetValue(variable, out var own))
            {
                values.Add(variable, value);
                changed = true;
            }
            else if (own is not null)
            {
                var joined = FlowValue.Join(own, value);
                if (!Equals(own, joined))
                {
                    changed = true;
                }

                values[variable] = joined;
            }
        }

        return changed;
    }
}
