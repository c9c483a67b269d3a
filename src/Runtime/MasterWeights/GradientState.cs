namespace Precision;

/// <summary>Where the gradients since the last step lie (docs/master-weights.md has the transitions).</summary>
internal enum GradientState
{
    /// <summary>There are none, or only what somebody else left in <c>.grad</c>.</summary>
    None,

    /// <summary>On the model's parameters, as one backward left them: those of 16-bit parameters are 16-bit.</summary>
    OnModel,

    /// <summary>On the model's parameters, those of 16-bit parameters as float32 buffers.</summary>
    Float32,

    /// <summary>Those of 16-bit parameters on the masters, as float32; in a training on the model's parameters too.</summary>
    OnMasters,

    /// <summary>A step has used them. What is left of them is for looking at, until the next backward.</summary>
    Spent,
}
