using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>
/// The statistics of libtorch's caching allocator for CUDA. libtorch exports the allocator object and no function for them: they are
/// virtual functions of <c>c10::DeviceAllocator</c> (c10/core/CachingDeviceAllocator.h), called through its table.
/// </summary>
internal static unsafe class CudaAllocator
{
    // The functions of c10::Allocator and c10::DeviceAllocator in the order of their declaration, after two destructors.
    private const int Allocate = 2;
    private const int IsSimpleData = 3;
    private const int RawDeleter = 4;
    private const int Initialized = 6;
    private const int GetDeviceStats = 9;
    private const int ResetPeakStats = 11;
    private const int GetMemoryInfo = 12;

    // struct DeviceStats begins with arrays of three statistics (all, small, large pool) of four numbers: current, peak, allocated,
    // freed. The fifth array counts allocated bytes, the sixth reserved ones.
    private const int NumbersOfArray = 3 * 4;
    private const int AllocatedBytes = 4 * NumbersOfArray;
    private const int ReservedBytes = 5 * NumbersOfArray;

    /// <summary>Generously more than the struct has in any libtorch.</summary>
    private const int StatsNumbers = 1024;

    private static readonly Lazy<nint> Instance = new(Find);

    /// <summary>What is counted of one device.</summary>
    /// <param name="device">The number of a CUDA device that this machine has.</param>
    /// <exception cref="NotSupportedException">This libtorch's allocator is not the one that is known here.</exception>
    public static (long Allocated, long AllocatedPeak, long Reserved, long ReservedPeak) Statistics(int device)
    {
        var allocator = Ready(device);
        var stats = stackalloc long[StatsNumbers];

        // A struct of this size is returned through a hidden first argument, before the object.
        _ = ((delegate* unmanaged[Cdecl]<long*, nint, sbyte, long*>)Function(allocator, GetDeviceStats))(stats, allocator, (sbyte)device);
        return (stats[AllocatedBytes], stats[AllocatedBytes + 1], stats[ReservedBytes], stats[ReservedBytes + 1]);
    }

    /// <summary>Starts the peaks of one device anew.</summary>
    /// <inheritdoc cref="Statistics"/>
    public static void ResetPeaks(int device)
    {
        var allocator = Ready(device);
        ((delegate* unmanaged[Cdecl]<nint, sbyte, void>)Function(allocator, ResetPeakStats))(allocator, (sbyte)device);
    }

    /// <summary>
    /// Whether the table of <c>c10::DeviceAllocator</c> has the shape that is known here: which entries are pure virtual (one and the
    /// same function) and which are not tells an added or a moved one.
    /// </summary>
    internal static bool KnowsTable()
    {
        var symbol = CudaLibraries.OfCore("_ZTVN3c1015DeviceAllocatorE");
        if (symbol == 0)
        {
            return false;
        }

        var table = (nint*)symbol + 2;
        var pure = table[Allocate];
        for (var i = Allocate; i <= GetMemoryInfo; i++)
        {
            if ((table[i] == pure) != (i is not (IsSimpleData or RawDeleter or GetMemoryInfo)))
            {
                return false;
            }
        }

        return true;
    }

    private static nint Function(nint allocator, int place) => (*(nint**)allocator)[place];

    private static nint Ready(int device)
    {
        // libtorch sets the allocator up for all devices when it first uses one.
        InitializeDeviceType(DeviceType.CUDA);
        var allocator = Instance.Value;
        if (((delegate* unmanaged[Cdecl]<nint, byte>)Function(allocator, Initialized))(allocator) == 0)
        {
            using var _ = empty(1, device: new Device(DeviceType.CUDA, device));
        }

        return allocator;
    }

    private static nint Find()
    {
        var get = CudaLibraries.OfCore("_ZN3c1012GetAllocatorERKNS_10DeviceTypeE");
        if (get == 0 || !KnowsTable())
        {
            throw new NotSupportedException(
                NativeErrors.MissingSymbol("c10::DeviceAllocator") + " (On Windows memory figures are not available; nvidia-smi shows "
                + "the whole process.)");
        }

        var type = (sbyte)DeviceType.CUDA;
        return ((delegate* unmanaged[Cdecl]<sbyte*, nint>)get)(&type);
    }
}
