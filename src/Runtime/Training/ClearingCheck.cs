using Precision.Interop;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Notices that the gradients of a backward were cleared past the training: removed (<c>model.zero_grad()</c>), or made 0
/// (<c>zero_grad()</c> of TorchSharp's optimizers).
/// </summary>
/// <param name="optimized">The weights that a step updates.</param>
internal sealed class ClearingCheck(IReadOnlyList<MasterWeight> optimized)
{
    // Whoever clears gradients writes all of them.
    private long firstVersion;

    /// <summary>Takes the gradients as they are now for what the last backward left.</summary>
    public void Note()
    {
        using var scope = NewDisposeScope();
        firstVersion = Gradients().FirstOrDefault() is { } first ? VariableData.Version(first) : 0;
    }

    /// <summary>Whether no pending gradient is left. Waits for the device only where they were written.</summary>
    public bool AreCleared()
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return Gradients().FirstOrDefault() is not { } first || (VariableData.Version(first) != firstVersion && Gradients().All(IsZero));
    }

    private static bool IsZero(Tensor gradient)
    {
        var numbers = GradientTensors.Numbers(gradient);
        using var count = Lifetime.After(numbers.count_nonzero(), numbers);
        return Lifetime.After(count.item<long>(), gradient) == 0;
    }

    private IEnumerable<Tensor> Gradients() => optimized.Select(static weight => weight.ModelParameter.grad).OfType<Tensor>();
}
