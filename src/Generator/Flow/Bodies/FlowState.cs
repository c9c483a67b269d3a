using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Bodies;

/// <summary>
/// What is known of variables and captured intermediate values at one point. What is absent was not assigned yet. States that
/// know the same share it until one of them is changed.
/// </summary>
internal sealed class FlowState
{
    /// <summary>Stands for a value that nothing is known about. In the array, null means that nothing was assigned yet.</summary>
    private static readonly FlowValue Unknown = new UnknownValue();

    private readonly Variables variables;
    private FlowValue?[] values;
    private bool isShared;

    /// <summary>The state where a body begins: parameters hold something, and nothing was assigned yet.</summary>
    public FlowState(Variables variables)
        : this(variables, new FlowValue?[variables.Count])
    {
        foreach (var variable in variables.All)
        {
            values[variable.Slot] = variable.IsGiven ? Unknown : null;
        }
    }

    private FlowState(Variables variables, FlowValue?[] values) => (this.variables, this.values) = (variables, values);

    /// <summary>What is known of a variable.</summary>
    public FlowValue? this[ISymbol symbol]
    {
        get => variables.Find(symbol) is { } variable ? this[variable] : null;
        set
        {
            if (variables.Find(symbol) is { } variable)
            {
                Set(variable.Slot, value);
            }
        }
    }

    /// <inheritdoc cref="this[ISymbol]"/>
    public FlowValue? this[Variable variable] => Get(variable.Slot);

    /// <summary>What is known of a captured value.</summary>
    public FlowValue? this[CaptureId id]
    {
        get => variables.Find(id) is { } capture ? Get(capture.Slot) : null;
        set
        {
            if (variables.Find(id) is { } capture)
            {
                Set(capture.Slot, value);
            }
        }
    }

    /// <summary>A state of its own that knows the same.</summary>
    public FlowState Clone()
    {
        isShared = true;
        return new(variables, values) { isShared = true };
    }

    /// <summary>Forgets what is known of everything.</summary>
    public void Forget()
    {
        for (var i = 0; i < values.Length; i++)
        {
            Set(i, null);
        }
    }

    /// <summary>Keeps what this state and another one have in common.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Join(FlowState other)
    {
        if (ReferenceEquals(values, other.values))
        {
            return false;
        }

        var changed = false;
        for (var i = 0; i < values.Length; i++)
        {
            var (own, added) = (values[i], other.values[i]);
            if (added is null || ReferenceEquals(own, added) || ReferenceEquals(own, Unknown))
            {
                continue;
            }

            var joined = own is null ? added : ReferenceEquals(added, Unknown) ? Unknown : FlowValue.Join(own, added) ?? Unknown;
            if (!ReferenceEquals(joined, own))
            {
                changed |= !joined.Equals(own);
                Write(i, joined);
            }
        }

        return changed;
    }

    private FlowValue? Get(int slot) => values[slot] is var value && ReferenceEquals(value, Unknown) ? null : value;

    private void Set(int slot, FlowValue? value) => Write(slot, value ?? Unknown);

    private void Write(int slot, FlowValue value)
    {
        if (isShared)
        {
            var own = new FlowValue?[values.Length];
            Array.Copy(values, own, own.Length);
            (values, isShared) = (own, false);
        }

        values[slot] = value;
    }

    private sealed record UnknownValue : FlowValue;
}
