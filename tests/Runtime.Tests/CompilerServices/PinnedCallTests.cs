using Precision.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

#pragma warning disable PRC3002 // whether the region changes the gradients is what is tested

namespace Precision.Runtime.Tests.CompilerServices;

/// <summary>The softmax family through the entry points of interceptors, against the original calls.</summary>
public sealed class PinnedCallTests
{
    /// <summary>
    /// Each spelling: the original, and what an interceptor makes of it. The originals are called through delegates, since this
    /// project's own calls are intercepted.
    /// </summary>
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Original, Func<Tensor, Tensor> Intercepted)> Spellings = new()
    {
        ["torch.softmax"] = (Static<int>(softmax), x => softmax(x, 1, Dtype(x))),
        ["Tensor.softmax"] = (x => Instance(x.softmax), x => x.softmax(1, Dtype(x))),
        ["Tensor.log_softmax"] = (x => Instance(x.log_softmax), x => x.log_softmax(1, Dtype(x))),
        ["functional.softmax"] = (Static<long>(functional.softmax), x => functional.softmax(x, 1, Dtype(x))),
        ["functional.log_softmax"] = (Static(functional.log_softmax), x => PinnedOperations.log_softmax(x, 1, Dtype(x))),
        ["functional.softmin"] = (Static(functional.softmin), x => PinnedOperations.softmin(x, 1, Dtype(x))),
        ["functional.softmax2d"] = (functional.softmax2d, x => PinnedOperations.softmax2d(x, Dtype(x))),
        ["special.softmax"] = (Static<long>(special.softmax), x => special.softmax(x, 1, Dtype(x))),
        ["special.log_softmax"] = (Static<long>(special.log_softmax), x => special.log_softmax(x, 1, Dtype(x))),
        ["Softmax.forward"] = Module(Softmax(1), call: false),
        ["Softmax.call"] = Module(Softmax(1), call: true),
        ["LogSoftmax.forward"] = Module(LogSoftmax(1), call: false),
        ["LogSoftmax.call"] = Module(LogSoftmax(1), call: true),
        ["Softmin.forward"] = Module(Softmin(1), call: false),
        ["Softmin.call"] = Module(Softmin(1), call: true),
        ["Softmax2d.forward"] = Module(Softmax2d(), call: false),
        ["Softmax2d.call"] = Module(Softmax2d(), call: true),
    };

    public static TheoryData<string> Names() => [.. Spellings.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Outside_regions_nothing_changes(string name)
    {
        using var policy = new CudaPolicy();
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16, ScalarType.Float64 })
        {
            AssertSame(name, dtype, dtype);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void In_a_region_of_the_CPU_nothing_changes(string name)
    {
        using var region = Autocast.Enter(CPU, Precision.Dtype.BFloat16);
        AssertSame(name, ScalarType.BFloat16, ScalarType.BFloat16);
        AssertSame(name, ScalarType.Float32, ScalarType.Float32);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void By_CUDAs_policy_16_bit_inputs_give_float32(string name)
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Precision.Dtype.Float16);
        foreach (var dtype in new[] { ScalarType.Float16, ScalarType.BFloat16 })
        {
            var (x, reference) = Inputs(dtype);
            var result = Spellings[name].Intercepted(x);
            var expected = Spellings[name].Original(reference);
            Assert.Equal(ScalarType.Float32, result.dtype);

            // The reference is the same numbers in float32: nothing was rounded on the way.
            Assert.True(result.allclose(expected, rtol: 1e-6, atol: 1e-7));

            var weight = rand_like(expected);
            (result * weight).sum().backward();
            (expected * weight).sum().backward();
            Assert.Equal(dtype, x.grad!.dtype);
            Assert.True(x.grad.to(ScalarType.Float32).allclose(reference.grad!.to(dtype).to(ScalarType.Float32), rtol: 1e-2, atol: 1e-4));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void By_CUDAs_policy_other_dtypes_stay(string name)
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Precision.Dtype.BFloat16);
        AssertSame(name, ScalarType.Float64, ScalarType.Float64);
        AssertSame(name, ScalarType.Float32, ScalarType.Float32);
    }

    [Fact]
    public void In_a_region_with_autocast_off_nothing_changes()
    {
        using var policy = new CudaPolicy();
        using var outer = Autocast.Enter(CPU, Precision.Dtype.BFloat16);
        using var inner = Autocast.Disable(CPU);
        AssertSame("torch.softmax", ScalarType.BFloat16, ScalarType.BFloat16);
    }

    [Fact]
    public void A_named_dtype_is_kept()
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Precision.Dtype.BFloat16);
        var x = rand(2, 3, dtype: ScalarType.BFloat16);
        Assert.Equal(ScalarType.Float64, PinnedDtype.For(x, ScalarType.Float64, Float32Devices.Accelerators));
        Assert.Equal(ScalarType.BFloat16, PinnedDtype.For(x, ScalarType.BFloat16, Float32Devices.Accelerators));
    }

    [Fact]
    public void Where_the_table_says_no_float32_there_is_none()
    {
        using var region = Autocast.Enter(CPU, Precision.Dtype.BFloat16);
        var x = rand(2, 3, dtype: ScalarType.BFloat16);
        Assert.Null(PinnedDtype.For(x, null, Float32Devices.Accelerators));
        Assert.Equal(ScalarType.Float32, PinnedDtype.For(x, null, Float32Devices.Cpu));
        using var policy = new CudaPolicy();
        Assert.Null(PinnedDtype.For(x, null, Float32Devices.Cpu));
        Assert.Equal(ScalarType.Float32, PinnedDtype.For(x, null, Float32Devices.Accelerators));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_original_refuses_what_it_refuses(string name)
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Precision.Dtype.BFloat16);
        var disposed = rand(2, 3);
        disposed.Dispose();
        // A delegate cannot be made of a method of null.
        foreach (var x in name.StartsWith("Tensor.", StringComparison.Ordinal) ? [disposed, tensor(1.0f)] : new[] { null!, disposed, tensor(1.0f) })
        {
            var expected = Record.Exception(() => Spellings[name].Original(x));
            var actual = Record.Exception(() => Spellings[name].Intercepted(x));
            Assert.Equal(expected?.GetType(), actual?.GetType());
            Assert.Equal(expected?.Message, actual?.Message);
        }
    }

    [SkippableFact]
    public void On_CUDA_a_region_gives_float32()
    {
        var device = Infrastructure.Cuda.Require();
        using var region = Autocast.Enter(device, Precision.Dtype.BFloat16);
        foreach (var (original, intercepted) in Spellings.Values)
        {
            var x = rand([2, 3, 4, 5], device: device, dtype: ScalarType.BFloat16);
            Assert.Equal(ScalarType.BFloat16, original(x).dtype);
            Assert.Equal(ScalarType.Float32, intercepted(x).dtype);
            Assert.True(intercepted(x).allclose(original(x.to(ScalarType.Float32)), rtol: 1e-5, atol: 1e-6));
        }
    }

    private static Func<Tensor, Tensor> Static<TDim>(Func<Tensor, TDim, ScalarType?, Tensor> member)
        where TDim : System.Numerics.INumber<TDim>
        => x => member(x, TDim.One, null);

    private static Func<Tensor, Tensor> Static(Func<Tensor, long, Tensor> member) => x => member(x, 1);

    private static Tensor Instance(Func<long, ScalarType?, Tensor> member) => member(1, null);

    private static ScalarType? Dtype(Tensor x) => PinnedDtype.For(x, null, Float32Devices.Accelerators);

    private static (Func<Tensor, Tensor>, Func<Tensor, Tensor>) Module(Module<Tensor, Tensor> module, bool call)
        => call
            ? (module.call, x => ModuleCalls.Call(module, x, Float32Devices.Accelerators))
            : (module.forward, x => ModuleCalls.Forward(module, x, Float32Devices.Accelerators));

    private static (Tensor X, Tensor Reference) Inputs(ScalarType dtype)
    {
        var x = randn([2, 3, 4, 5]).mul(8).to(dtype).requires_grad_();
        return (x, x.detach().to(ScalarType.Float32).requires_grad_());
    }

    /// <summary>Original and interceptor agree to the last bit, in value, dtype and gradient.</summary>
    private static void AssertSame(string name, ScalarType dtype, ScalarType resultDtype)
    {
        var x = Inputs(dtype).X;
        var y = x.detach().requires_grad_();
        var expected = Spellings[name].Original(x);
        var actual = Spellings[name].Intercepted(y);
        Assert.Equal(resultDtype, actual.dtype);
        Assert.Equal(expected.dtype, actual.dtype);
        Assert.True(expected.equal(actual).all().ToBoolean());
        var weight = rand_like(expected);
        (expected * weight).sum().backward();
        (actual * weight).sum().backward();
        Assert.True(x.grad!.equal(y.grad!).all().ToBoolean());
    }
}
