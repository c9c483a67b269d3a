using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.CompilerServices;

/// <summary>A generated model whose calls the compiler replaced.</summary>
public sealed class InterceptedModelTests
{
    [Fact]
    public void By_CUDAs_policy_attention_weights_are_float32_and_linear_is_one_operation()
    {
        using var policy = new CudaPolicy();
        using var scope = NewDisposeScope();
        using var model = new Attention();
        var before = DispatcherCall.Count;
        var x = randn(2, 5, 8);
        var result = model.call(x);
        Assert.Equal(ScalarType.Float32, model.Weights);

        // Query, key and value; the marked head runs as TorchSharp has it.
        Assert.Equal(3, DispatcherCall.Count - before);
        Assert.Equal((ScalarType.Float16, ScalarType.Float32), model.Head);
        AssertEqualsAutocast(model, x, result, model.PrecisionPolicy, ScalarType.Float32);
    }

    [Fact]
    public void On_a_CPU_everything_is_as_libtorch_has_it()
    {
        using var scope = NewDisposeScope();
        using var model = new Attention { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16) };
        var before = DispatcherCall.Count;
        var x = randn(2, 5, 8);
        var result = model.call(x);
        Assert.Equal(ScalarType.BFloat16, model.Weights);
        Assert.Equal(before, DispatcherCall.Count);
        Assert.Equal((ScalarType.BFloat16, ScalarType.Float32), model.Head);
        AssertEqualsAutocast(model, x, result, model.PrecisionPolicy, ScalarType.BFloat16);
    }

    [SkippableFact]
    public void On_CUDA_attention_weights_are_float32()
    {
        var device = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        using var model = new Attention().to(device);
        var x = randn([2, 5, 8], device: device);
        var result = model.call(x);
        Assert.Equal(ScalarType.Float32, model.Weights);
        Assert.Equal((ScalarType.Float16, ScalarType.Float32), model.Head);
        AssertEqualsAutocast(model, x, result, model.PrecisionPolicy, ScalarType.Float32);
    }

    /// <summary>
    /// Result and gradients against the same computation with every cast of PyTorch's autocast written out: products in the
    /// compute dtype, the softmax in the dtype that the device's list gives, the marked head in float32.
    /// </summary>
    private static void AssertEqualsAutocast(Attention model, Tensor x, Tensor result, PrecisionPolicy policy, ScalarType softmaxDtype)
    {
        var compute = policy.Compute.ToScalarType();
        var parameters = model.named_parameters().ToDictionary(
            static named => named.name, static named => named.parameter.detach().clone().requires_grad_());
        var q = Project("query", x, compute);
        var k = Project("key", x, compute);
        var scores = q.matmul(k.transpose(-2, -1)).div(Math.Sqrt(8));
        Func<Tensor, long, ScalarType?, Tensor> softmax = special.softmax;
        var mixed = softmax(scores, -1, softmaxDtype).to(compute).matmul(Project("value", x, compute));
        var expected = Project("head", mixed, ScalarType.Float32);
        var tolerance = compute is ScalarType.BFloat16 ? 2e-2 : 3e-3;
        Assert.True(result.allclose(expected, rtol: tolerance, atol: tolerance));

        var weight = rand_like(expected);
        (result * weight).sum().backward();
        (expected * weight).sum().backward();
        foreach (var (name, parameter) in model.named_parameters())
        {
            var difference = (parameter.grad! - parameters[name].grad!).norm().ToDouble();
            Assert.True(difference <= tolerance * (1 + parameters[name].grad!.norm().ToDouble()), $"{name}: {difference}");
        }

        Tensor Project(string layer, Tensor input, ScalarType dtype)
            => addmm(
                parameters[layer + ".bias"].to(dtype),
                input.to(dtype).reshape(-1, 8),
                parameters[layer + ".weight"].to(dtype).t(),
                1,
                1).reshape(input.shape[0], input.shape[1], -1);
    }
}
