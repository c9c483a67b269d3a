using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Precision.Training.Benchmarks.Data;

/// <summary>Windows of a text one after the other, from the beginning again at its end; all of it lies on the device.</summary>
internal sealed class TokenWindows : IDisposable
{
    private readonly Tensor tokens;
    private readonly ModelSize size;
    private readonly long count;

    /// <param name="path">The tokens.bin that prepare.py wrote: little-endian 32-bit numbers.</param>
    /// <param name="size">How many tokens a step has.</param>
    /// <param name="device">Where the tokens lie.</param>
    public TokenWindows(string path, ModelSize size, Device device)
    {
        this.size = size;
        var ids = MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(path)).ToArray();
        using var scope = NewDisposeScope();
        tokens = tensor(ids, dtype: int64).to(device).DetachFromDisposeScope();
        count = (ids.Length - 1) / size.Tokens;
    }

    /// <summary>Int64 [batch, context] each; the targets are the inputs one token later.</summary>
    public (Tensor Inputs, Tensor Targets) this[int step]
    {
        get
        {
            var start = step % count * size.Tokens;
            return (Window(start), Window(start + 1));
        }
    }

    public void Dispose() => tokens.Dispose();

    private Tensor Window(long start) => tokens.narrow(0, start, size.Tokens).view(size.Batch, size.Context);
}
