using Microsoft.CodeAnalysis;

namespace Precision.Generator.Protocol;

/// <summary>What a fact is about.</summary>
internal enum Topic
{
    /// <summary>What a scaler's optimizer has done since the last update.</summary>
    Optimizer,

    /// <summary>The gradients that a scaler's scale is in.</summary>
    Gradients,

    /// <summary>Whether a scaler has seen a step since its last update.</summary>
    Checked,

    /// <summary>The optimizer that a scaler stepped last.</summary>
    LastStep,

    /// <summary>That an optimizer has used the gradients of the last scaled backward.</summary>
    Used,

    /// <summary>A backward past all scalers and trainings, whose gradients nobody has used yet.</summary>
    PlainBackward,

    /// <summary>What a training has done since its last step.</summary>
    Training,

    /// <summary>A step whose result nobody reads.</summary>
    IgnoredStep,

    /// <summary>What a tensor variable holds.</summary>
    Value,

    /// <summary>That a model's parameters were converted.</summary>
    Dtype,

    /// <summary>Where a model was moved to.</summary>
    Device,

    /// <summary>The model whose parameters an optimizer or a training has.</summary>
    Parameters,

    /// <summary>Whether a condition holds.</summary>
    Condition,

    /// <summary>That the body of a loop was entered.</summary>
    Loop,

    /// <summary>That no branch was taken since.</summary>
    Straight,
}

/// <summary>What is known of a topic.</summary>
internal enum Stage
{
    /// <summary>Nothing was done since the last update.</summary>
    Ready,

    /// <summary>A backward has left gradients.</summary>
    Pending,

    /// <summary>Gradients were divided by the scale.</summary>
    Unscaled,

    /// <summary>The weights were updated.</summary>
    Stepped,

    /// <summary>It is so.</summary>
    True,

    /// <summary>It is not.</summary>
    False,

    /// <summary>Parameters that an optimizer has were replaced.</summary>
    Replaced,
}

/// <summary>What a fact is about, and of which objects.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Object">The first object.</param>
/// <param name="Other">The second one.</param>
/// <param name="Text">A condition's text.</param>
/// <param name="Node">A loop, or the body in which a condition stands.</param>
internal sealed record FactKey(Topic Topic, Place? Object = null, Place? Other = null, string? Text = null, SyntaxNode? Node = null)
{
    private readonly int hash = unchecked(
        ((((int)Topic * 31) + (Object?.GetHashCode() ?? 0)) * 31) + (Other?.GetHashCode() ?? 0)
        + (Text?.GetHashCode() ?? 0) + (Node?.GetHashCode() ?? 0));

    public bool Equals(FactKey? other)
        => ReferenceEquals(this, other)
            || (other is not null && hash == other.hash && Topic == other.Topic && Node == other.Node && Text == other.Text
                && Equals(Object, other.Object) && Equals(Other, other.Other));

    public override int GetHashCode() => hash;
}

/// <summary>What is known.</summary>
/// <param name="Stage">It.</param>
/// <param name="At">The call since which it is so.</param>
/// <param name="Place">Another object that it concerns.</param>
/// <param name="Then">A later call that matters too.</param>
/// <param name="Value">What a tensor is made of.</param>
/// <param name="Text">The arguments of the call.</param>
internal sealed record Fact(
    Stage Stage, Site? At = null, Place? Place = null, Site? Then = null, TensorValue? Value = null, string? Text = null)
{
    public bool Equals(Fact? other)
        => ReferenceEquals(this, other)
            || (other is not null && Stage == other.Stage && Nullable.Equals(At, other.At) && Nullable.Equals(Then, other.Then)
                && Text == other.Text && Equals(Place, other.Place) && Equals(Value, other.Value));

    public override int GetHashCode()
        => unchecked(((int)Stage * 31) + (At?.Actual.GetHashCode() ?? 0)
            + (Value is null ? 0 : (int)Value.Models + 7 + ((int)Value.Scaling * 31)));
}
