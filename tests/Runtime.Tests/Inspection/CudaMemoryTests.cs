using Precision.Inspection;
using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Inspection;

/// <summary>The figures of libtorch's CUDA allocator.</summary>
[Collection(SerialTests.Name)]
public class CudaMemoryTests
{
    [SkippableFact]
    public void Tensors_are_counted_and_peaks_kept_until_reset()
    {
        var where = Infrastructure.Cuda.Require();
        const long size = 64L << 20;
        using var kept = empty(1, device: where);
        CudaMemory.reset_peak_memory_stats(where);
        var before = CudaMemory.memory_allocated(where);
        using (empty(size, dtype: uint8, device: where))
        {
            Assert.Equal(before + size, CudaMemory.memory_allocated(where));
        }

        Assert.Equal(before, CudaMemory.memory_allocated(where));
        Assert.Equal(before + size, CudaMemory.max_memory_allocated(where));
        Assert.InRange(CudaMemory.memory_reserved(where), before + size, long.MaxValue);
        Assert.InRange(CudaMemory.max_memory_reserved(where), CudaMemory.memory_reserved(where), long.MaxValue);
        CudaMemory.reset_peak_memory_stats(where);
        Assert.Equal(before, CudaMemory.max_memory_allocated());
    }

    [SkippableFact]
    public void Without_a_GPU_the_error_says_what_to_do()
    {
        Skip.If(cuda.is_available(), "This machine has a GPU.");
        var error = Assert.Throws<NotSupportedException>(() => CudaMemory.memory_allocated());
        Assert.Contains("TorchSharp-cuda-linux", error.Message);
    }

    [SkippableFact]
    public void Devices_that_do_not_exist_are_refused()
    {
        Assert.Throws<ArgumentException>(() => CudaMemory.memory_allocated(CPU));
        Infrastructure.Cuda.Require();
        Assert.Throws<ArgumentException>(() => CudaMemory.memory_allocated(device($"cuda:{cuda.device_count()}")));
    }

    [Fact]
    public void The_allocator_of_this_libtorch_is_known()
        => Assert.Equal(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), CudaAllocator.KnowsTable());
}
