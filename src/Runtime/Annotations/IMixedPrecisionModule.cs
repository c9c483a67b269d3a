namespace Precision;

/// <summary>What the generator adds to a class annotated with <see cref="MixedPrecisionAttribute"/>.</summary>
public interface IMixedPrecisionModule
{
    /// <summary>
    /// The policy of this one model. Starts as the attribute says; setting it changes the next forward, without recompiling.
    /// </summary>
    /// <exception cref="ArgumentException">The policy's parts do not fit together.</exception>
    PrecisionPolicy PrecisionPolicy { get; set; }

    /// <summary>
    /// Stores the model's parameters and buffers as its policy says (in place: parameter objects stay the same) and makes the
    /// float32 masters of those that become 16-bit. Move the model to its device first.
    /// </summary>
    /// <returns>The masters, to be given to an optimizer; dispose them after training.</returns>
    /// <exception cref="InvalidOperationException">The model, or one in it, was compiled without the generator.</exception>
    MasterWeights CreateMasterWeights();
}
