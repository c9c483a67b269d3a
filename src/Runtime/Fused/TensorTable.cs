using Precision.Interop;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// The table that a kernel over many tensors reads (many_tensors.cu): a row for each, with their addresses. It travels to the GPU in
/// one copy, without waiting, for any number of tensors.
/// </summary>
internal sealed class TensorTable
{
    /// <summary>The kernels' CHUNK: how many numbers a block takes.</summary>
    private const int Chunk = 16384;

    private readonly List<long> cells = [];

    /// <summary>How many tensors there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many blocks the kernel needs.</summary>
    public int Blocks { get; private set; }

    /// <summary>Adds a row: addresses, the number of elements and the first block, further cells.</summary>
    /// <param name="elements">How many elements each of the tensors has, at least one.</param>
    /// <param name="tensors">Dense tensors of one layout on one GPU; null = none.</param>
    /// <param name="further">What the kernel's row has behind these.</param>
    public void Add(long elements, ReadOnlySpan<Tensor?> tensors, params ReadOnlySpan<long> further)
    {
        foreach (var tensor in tensors)
        {
            cells.Add((long)KernelArguments.Address(tensor));
        }

        cells.Add(elements);
        cells.Add(Blocks);
        cells.AddRange(further);
        Count++;
        Blocks += (int)((elements + Chunk - 1) / Chunk);
    }

    /// <summary>Copies the table to a GPU, in the order of the current stream; the host does not wait.</summary>
    /// <param name="device">The GPU of the tensors.</param>
    /// <returns>It belongs to the caller's dispose scope.</returns>
    public Tensor To(Device device)
    {
        // From pinned memory, which libtorch keeps until the copy was made.
        using var host = tensor(cells.ToArray(), dtype: int64);
        using var pinned = host.pin_memory();
        return pinned.to(device, non_blocking: true);
    }
}
