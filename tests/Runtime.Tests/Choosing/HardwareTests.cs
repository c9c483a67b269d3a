using Precision.Inspection;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Choosing;

public class HardwareTests
{
    private const long Memory = 16L << 30;

    [Theory]
    [InlineData(5, 2, false, false, Dtype.Float16)]
    [InlineData(5, 3, false, true, Dtype.Float16)]
    [InlineData(6, 0, false, true, Dtype.Float16)]
    [InlineData(6, 1, false, false, Dtype.Float16)] // a GTX 1080: a sixty-fourth of float32's rate
    [InlineData(7, 5, false, true, Dtype.Float16)]  // a T4 emulates BFloat16
    [InlineData(8, 0, true, true, Dtype.BFloat16)]
    [InlineData(9, 0, true, true, Dtype.BFloat16)]
    public void A_gpu_computes_what_its_compute_capability_says(int major, int minor, bool bfloat16, bool float16, Dtype advised)
    {
        var hardware = Hardware.OfCuda(new CudaGpu("GPU", major, minor, Memory));

        Assert.Equal((bfloat16, float16), (hardware.BFloat16.IsNative, hardware.Float16.IsNative));
        Assert.Equal(advised, hardware.Advice.Dtype);
        Assert.All(
            [hardware.BFloat16.Reason, hardware.Float16.Reason, hardware.Advice.Reason], reason => Assert.Contains($"{major}.{minor}", reason));
    }

    [Fact]
    public void A_gpu_that_tells_nothing_gets_float16()
        => Assert.Equal(Dtype.Float16, Hardware.OfCuda(null).Advice.Dtype);

    [Fact]
    public void A_cpu_computes_what_its_instruction_sets_say()
    {
        var none = Hardware.OfCpu("CPU", [], [], Memory);
        var both = Hardware.OfCpu("CPU", ["AMX-BF16", "AVX512-BF16"], ["AVX512-FP16"], Memory);
        var float16 = Hardware.OfCpu("CPU", [], ["Arm FP16"], Memory);

        Assert.Equal(Dtype.Float32, none.Advice.Dtype);
        Assert.Contains("neither", none.Advice.Reason);
        Assert.Equal(Dtype.BFloat16, both.Advice.Dtype);
        Assert.Contains("AMX-BF16, AVX512-BF16", both.Advice.Reason);
        Assert.Equal(Dtype.Float32, float16.Advice.Dtype);
        Assert.Contains("Arm FP16", float16.Advice.Reason);
    }

    [Fact]
    public void A_format_that_is_not_native_is_warned_of()
    {
        var hardware = Hardware.OfCpu("CPU", ["AVX512-BF16"], [], Memory);

        var warning = hardware.Warning(Dtype.Float16);
        Assert.Contains("Float16 is not computed natively", warning);
        Assert.Contains("AVX512-FP16", warning);
        Assert.Contains(hardware.Advice.Reason, warning);
        Assert.All([Dtype.Float32, Dtype.BFloat16, Dtype.Auto], dtype => Assert.Null(hardware.Warning(dtype)));
        Assert.Throws<ArgumentException>(() => hardware.Warning(Dtype.Unspecified));
    }

    [Fact]
    public void This_cpu_agrees_with_what_the_kernel_says_of_it()
    {
        var hardware = Hardware.Of(CPU);
        Assert.Equal(DtypeResolver.Resolve(CPU), hardware.Advice);
        Assert.InRange(hardware.MemoryBytes!.Value, 100L << 20, long.MaxValue);
        if (OperatingSystem.IsLinux())
        {
            var words = File.ReadAllText("/proc/cpuinfo").Split();
            Assert.Equal(words.Intersect(["avx512_bf16", "amx_bf16", "bf16"]).Any(), hardware.BFloat16.IsNative);
            Assert.Equal(words.Intersect(["avx512_fp16", "amx_fp16", "asimdhp"]).Any(), hardware.Float16.IsNative);
        }
    }

    [SkippableFact]
    public void This_gpu_is_known_by_name_capability_and_memory()
    {
        var hardware = Hardware.Of(Infrastructure.Cuda.Require());

        Assert.Contains("compute capability", hardware.Float16.Reason);
        Assert.NotEqual("CUDA GPU", hardware.Name);
        Assert.InRange(hardware.MemoryBytes!.Value, 1L << 30, 1L << 40);
    }

    [Fact]
    public void Every_format_is_as_libtorch_knows_it()
    {
        Assert.All(DtypeFormat.All, format =>
        {
            var info = finfo(format.Dtype.ToScalarType());
            Assert.Equal(info.bits, format.Bits);
            Assert.Equal(info.max, format.Largest);
            Assert.Equal(info.tiny, format.SmallestNormal);
            Assert.Equal(info.eps, format.Epsilon);
        });
        Assert.Equal(65504, DtypeFormat.Of(Dtype.Float16).Largest);
        Assert.Throws<ArgumentException>(() => DtypeFormat.Of(Dtype.Auto));
    }

    [Theory]
    [InlineData(Dtype.Float32)]
    [InlineData(Dtype.BFloat16)]
    public void A_matrix_product_has_a_rate(Dtype dtype)
    {
        var rate = MatrixProductRate.Measure(CPU, dtype);

        Assert.InRange(rate.FlopPerSecond, 1e6, 1e15);
        Assert.InRange(rate.Size, 256, 2048);
    }
}
