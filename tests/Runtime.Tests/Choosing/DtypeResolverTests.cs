using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Choosing;

public class DtypeResolverTests
{
    [Theory]
    [InlineData(7, 5, Dtype.Float16)] // a T4 emulates BFloat16
    [InlineData(8, 0, Dtype.BFloat16)]
    [InlineData(9, 0, Dtype.BFloat16)]
    public void A_gpu_gets_bfloat16_where_it_computes_it_natively(int major, int minor, Dtype expected)
    {
        var choice = DtypeResolver.ForCuda((major, minor));
        Assert.Equal(expected, choice.Dtype);
        Assert.Contains($"{major}.{minor}", choice.Reason);
    }

    [Fact]
    public void A_gpu_that_tells_nothing_gets_float16()
        => Assert.Equal(Dtype.Float16, DtypeResolver.ForCuda(null).Dtype);

    [Fact]
    public void This_cpu_agrees_with_what_the_kernel_says_of_it()
    {
        var choice = DtypeResolver.Resolve(CPU);
        Assert.NotEmpty(choice.Reason);
        if (OperatingSystem.IsLinux())
        {
            var flags = File.ReadAllText("/proc/cpuinfo");
            var native = flags.Contains("avx512_bf16") || flags.Contains("amx_bf16") || flags.Split().Contains("bf16");
            Assert.Equal(native ? Dtype.BFloat16 : Dtype.Float32, choice.Dtype);
        }
    }
}
