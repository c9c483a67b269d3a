using Precision.CompilerServices;
using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.CompilerServices;

/// <summary><c>linear</c> through the entry points of interceptors, against TorchSharp's.</summary>
public sealed class LinearCallTests
{
    /// <summary>TorchSharp's own, through a delegate: this project's calls are intercepted.</summary>
    private static readonly Func<Tensor, Tensor, Tensor?, Tensor> Original = functional.linear;

    public static TheoryData<int, bool, ScalarType> Shapes()
    {
        var data = new TheoryData<int, bool, ScalarType>();
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float64 })
        {
            foreach (var dimensions in new[] { 1, 2, 3, 4 })
            {
                data.Add(dimensions, true, dtype);
                data.Add(dimensions, false, dtype);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Values_dtypes_and_gradients_agree_in_a_region(int dimensions, bool hasBias, ScalarType dtype)
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        AssertAgrees(dimensions, hasBias, dtype, expectedCalls: 1);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Outside_regions_the_original_runs(int dimensions, bool hasBias, ScalarType dtype)
    {
        using var policy = new CudaPolicy();
        AssertAgrees(dimensions, hasBias, dtype, expectedCalls: 0);
    }

    [Fact]
    public void On_a_CPU_the_original_runs()
    {
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        AssertAgrees(2, true, ScalarType.Float32, expectedCalls: 0);
    }

    [Fact]
    public void In_true_16_bit_it_is_one_operation_too()
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Disable(CPU);
        AssertAgrees(3, true, ScalarType.BFloat16, expectedCalls: 1);
    }

    [Theory]
    [InlineData("shapes")]
    [InlineData("dtypes")]
    [InlineData("null input")]
    [InlineData("null weight")]
    [InlineData("disposed input")]
    [InlineData("disposed bias")]
    public void What_the_original_refuses_is_refused_in_its_words(string fault)
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Disable(CPU);
        var disposed = rand(4);
        disposed.Dispose();
        var (input, weight, bias) = fault switch
        {
            "shapes" => (rand(2, 3), rand(4, 5), (Tensor?)rand(4)),
            "dtypes" => (rand(2, 5, dtype: ScalarType.BFloat16), rand(4, 5), rand(4)),
            "null input" => (null!, rand(4, 5), null),
            "null weight" => (rand(2, 5), null!, null),
            "disposed input" => (disposed, rand(4, 5), null),
            _ => (rand(2, 5), rand(4, 5), disposed),
        };
        var expected = Record.Exception(() => Original(input, weight, bias));
        var actual = Record.Exception(() => FusedLinear.linear(input, weight, bias));
        Assert.NotNull(expected);
        Assert.IsType(expected.GetType(), actual);
        Assert.Equal(FirstLine(expected), FirstLine(actual!));
    }

    [Fact]
    public void A_result_belongs_to_the_dispose_scope()
    {
        using var policy = new CudaPolicy();
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        Tensor result;
        using (NewDisposeScope())
        {
            result = FusedLinear.linear(rand(2, 5), rand(4, 5));
        }

        Assert.True(result.IsInvalid);
    }

    [SkippableFact]
    public void On_CUDA_a_region_runs_one_operation()
    {
        var device = Infrastructure.Cuda.Require();
        using var region = Autocast.Enter(device, Dtype.BFloat16);
        AssertAgrees(3, true, ScalarType.Float32, expectedCalls: 1, device);
    }

    private static string FirstLine(Exception error) => error.Message.Split('\n')[0];

    private static void AssertAgrees(int dimensions, bool hasBias, ScalarType dtype, long expectedCalls, Device? device = null)
    {
        // Keeps temporaries alive: TorchSharp's calls read a tensor's handle and then no longer hold the tensor.
        using var scope = NewDisposeScope();
        var shape = Enumerable.Repeat(3L, dimensions - 1).Append(5).ToArray();
        var input = randn(shape, dtype: dtype, device: device).requires_grad_();
        using var layer = Linear(5, 4, hasBias).to(dtype);
        if (device is not null)
        {
            layer.to(device);
        }

        var expected = Original(input, layer.weight, layer.bias);
        var weight = rand_like(expected);
        var expectedGradients = Gradients((expected * weight).sum());

        foreach (var run in new Func<Tensor>[]
        {
            () => FusedLinear.linear(input, layer.weight, layer.bias),
            () => ModuleCalls.Forward(layer, input, Float32Devices.None),
            () => ModuleCalls.Call(layer, input, Float32Devices.None),
        })
        {
            var before = DispatcherCall.Count;
            var actual = run();
            Assert.Equal(expectedCalls, DispatcherCall.Count - before);
            Assert.Equal(expected.dtype, actual.dtype);
            AssertClose(expected, actual);
            Assert.All(Gradients((actual * weight).sum()).Zip(expectedGradients), pair => AssertClose(pair.Second, pair.First));
        }

        List<Tensor> Gradients(Tensor loss)
        {
            layer.zero_grad();
            input.grad = null;
            loss.backward();
            return [input.grad!.clone(), .. layer.parameters().Select(parameter => parameter.grad!.clone())];
        }

        // The order of sums may differ between one kernel and two: to a few units in the last place of what is computed in.
        void AssertClose(Tensor x, Tensor y)
        {
            var tolerance = expected.dtype is ScalarType.BFloat16 ? 3e-2 : 1e-5;
            Assert.Equal(x.dtype, y.dtype);
            Assert.True(
                x.to(ScalarType.Float64).allclose(y.to(ScalarType.Float64), rtol: tolerance, atol: tolerance),
                $"[{string.Join(' ', x.to(ScalarType.Float64).cpu().data<double>())}] expected, [{string.Join(' ', y.to(ScalarType.Float64).cpu().data<double>())}] found");
        }
    }
}
