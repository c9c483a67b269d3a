using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>
/// How much memory of a GPU tensors take, as libtorch's caching allocator counts it: the functions of <c>torch.cuda</c> in PyTorch,
/// with their names. None waits for the device.
/// </summary>
/// <remarks>
/// What <c>nvidia-smi</c> shows is more: the allocator keeps freed memory for later (<see cref="memory_reserved"/>), and CUDA's own
/// context comes on top.
/// </remarks>
public static class CudaMemory
{
    /// <summary>Bytes that tensors take now.</summary>
    /// <param name="device">A CUDA device; null, or one without an index, is the first.</param>
    /// <exception cref="ArgumentException">Not a CUDA device, or none of this machine's.</exception>
    /// <exception cref="NotSupportedException">There is no CUDA here, or this libtorch does not tell; the message says what to do.</exception>
    public static long memory_allocated(Device? device = null) => CudaAllocator.Statistics(Index(device)).Allocated;

    /// <summary>The most bytes that tensors took at one time, since the start or <see cref="reset_peak_memory_stats"/>.</summary>
    /// <inheritdoc cref="memory_allocated" path="/param"/>
    /// <inheritdoc cref="memory_allocated" path="/exception"/>
    public static long max_memory_allocated(Device? device = null) => CudaAllocator.Statistics(Index(device)).AllocatedPeak;

    /// <summary>Bytes that the allocator holds now, those of tensors and those kept for later ones.</summary>
    /// <inheritdoc cref="memory_allocated" path="/param"/>
    /// <inheritdoc cref="memory_allocated" path="/exception"/>
    public static long memory_reserved(Device? device = null) => CudaAllocator.Statistics(Index(device)).Reserved;

    /// <summary>The most bytes that the allocator held, since the start or <see cref="reset_peak_memory_stats"/>.</summary>
    /// <inheritdoc cref="memory_allocated" path="/param"/>
    /// <inheritdoc cref="memory_allocated" path="/exception"/>
    public static long max_memory_reserved(Device? device = null) => CudaAllocator.Statistics(Index(device)).ReservedPeak;

    /// <summary>Starts the two maxima anew from what is taken and held now.</summary>
    /// <inheritdoc cref="memory_allocated" path="/param"/>
    /// <inheritdoc cref="memory_allocated" path="/exception"/>
    public static void reset_peak_memory_stats(Device? device = null) => CudaAllocator.ResetPeaks(Index(device));

    private static int Index(Device? device)
    {
        if (device is not null && device.type is not DeviceType.CUDA)
        {
            throw new ArgumentException($"'{device}' is not a CUDA device: only CUDA's memory is counted here.", nameof(device));
        }

        var index = Math.Max(device?.index ?? 0, 0);
        if (!cuda.is_available())
        {
            throw new NotSupportedException(
                "There is no CUDA GPU here, or the program has a libtorch without CUDA. Reference TorchSharp-cuda-linux or "
                + "TorchSharp-cuda-windows on a machine with a GPU, and ask cuda.is_available() first.");
        }

        return index < cuda.device_count()
            ? index
            : throw new ArgumentException($"This machine has {cuda.device_count()} CUDA devices, none with the number {index}.", nameof(device));
    }
}
