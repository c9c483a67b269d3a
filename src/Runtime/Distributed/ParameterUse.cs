using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>Which parameters have a gradient in which process: a flag for each travels with the gradients.</summary>
/// <param name="device">The processes' own.</param>
internal sealed class ParameterUse(Device device) : IDisposable
{
    private bool[] here = [];
    private Tensor? onDevice;

    /// <summary>Notes which parameters have a gradient here, and writes it where it is averaged.</summary>
    public void Note(bool[] present, IReadOnlyList<Tensor> places)
    {
        // Most models use the same parameters in every step: their flags are on the device already.
        if (onDevice is null || !here.AsSpan().SequenceEqual(present))
        {
            using var scope = NewDisposeScope();
            here = present;
            onDevice?.Dispose();
            onDevice = tensor(present).to(ScalarType.Float32).to(device).DetachFromDisposeScope();
        }

        Foreach.Copy_(places, [.. places.Select(_ => onDevice)]);
    }

    /// <summary>Which parameters have a gradient in some process. One that has used all of them does not wait for the device.</summary>
    /// <param name="averages">What the flags were averaged to.</param>
    public bool[] Anywhere(Tensor averages)
    {
        if (!here.Contains(false))
        {
            return here;
        }

        using var scope = NewDisposeScope();
        var onHost = Lifetime.After(averages.to(ScalarType.Float32).cpu(), averages);
        return [.. onHost.data<float>().Select(static count => count > 0)];
    }

    public void Dispose() => onDevice?.Dispose();
}
