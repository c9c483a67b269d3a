using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Interop;

public sealed class ForeachTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Copy_converts_dtypes_of_every_pair()
    {
        Tensor[] source = [randn(3, 4), randn(5), randn(2, 2, dtype: float64)];
        Tensor[] target = [zeros(3, 4, dtype: bfloat16), zeros(5, dtype: float64), zeros(2, 2)];

        Foreach.Copy_(target, source);

        for (var i = 0; i < source.Length; i++)
        {
            Assert.True(target[i].Equals(source[i].to(target[i].dtype)));
        }
    }

    [Fact]
    public void Copy_into_parameters_needs_no_no_grad_around_it()
    {
        var parameter = nn.Parameter(zeros(3));

        Foreach.Copy_([parameter], [ones(3)]);

        Assert.Equal(3, parameter.sum().item<float>());
        Assert.True(parameter.is_leaf);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Mul_keeps_each_dtype(ScalarType dtype)
    {
        Tensor[] tensors = [randn(7).to(dtype), randn(2, 3)];
        var expected = tensors.Select(t => (t.to(float32) * 0.25f).to(t.dtype)).ToArray();

        Foreach.Mul_(tensors, tensor(0.25f));

        Assert.Equal(dtype, tensors[0].dtype);
        Assert.True(tensors[0].Equals(expected[0]));
        Assert.True(tensors[1].Equals(expected[1]));
    }

    [Fact]
    public void Zero_zeroes_all()
    {
        Tensor[] tensors = [ones(3), ones(2, 2, dtype: int64)];

        Foreach.Zero_(tensors);

        Assert.All(tensors, t => Assert.Equal(0, t.sum().to(float64).item<double>()));
    }

    [Fact]
    public void TotalNorm_equals_the_norm_of_all_elements()
    {
        Tensor[] tensors = [randn(300, 7), randn(11), randn(5, dtype: bfloat16), randn(3, dtype: float16)];
        var expected = cat([.. tensors.Select(t => t.to(float64).flatten())]).norm().item<double>();

        for (var run = 0; run < 4; run++)
        {
            var norm = ScriptedForeach.TotalNorm(tensors);
            Assert.Equal(float32, norm.dtype);
            Assert.Equal(expected, norm.item<float>(), expected * 1e-5);
        }
    }

    [Fact]
    public void TotalNorm_of_16_bit_tensors_does_not_overflow()
    {
        Tensor[] tensors = [full(1000, 60000f, dtype: float16)];

        Assert.Equal(60000 * Math.Sqrt(1000), ScriptedForeach.TotalNorm(tensors).item<float>(), 10.0);
    }

    [Fact]
    public void Add_accumulates_16_bit_into_float32()
    {
        Tensor[] target = [ones(4)];
        Tensor[] source = [full(4, 0.0009765625f, dtype: bfloat16)];

        for (var i = 0; i < 4; i++)
        {
            ScriptedForeach.Add_(target, source);
        }

        Assert.Equal(1.00390625f, target[0][0].item<float>());
    }

    [Fact]
    public void NonFiniteCheckAndUnscale_scales_and_finds()
    {
        var gradients = new[] { ones(4), full(3, 2f) };
        var foundInf = zeros(1);

        AmpOperators.NonFiniteCheckAndUnscale_(gradients, foundInf, tensor(0.5f));
        Assert.Equal(0, foundInf.item<float>());
        Assert.Equal(0.5f, gradients[0][0].item<float>());

        gradients[1][1] = float.NaN;
        AmpOperators.NonFiniteCheckAndUnscale_(gradients, foundInf, tensor(1f));
        Assert.Equal(1, foundInf.item<float>());
    }

    [Fact]
    public void UpdateScale_backs_off_and_grows()
    {
        var scale = tensor(8f);
        var tracker = zeros([], dtype: int32);

        AmpOperators.UpdateScale_(scale, tracker, tensor(1f), 2, 0.5, 2);
        Assert.Equal(4, scale.item<float>());
        AmpOperators.UpdateScale_(scale, tracker, tensor(0f), 2, 0.5, 2);
        Assert.Equal(1, tracker.item<int>());
        AmpOperators.UpdateScale_(scale, tracker, tensor(0f), 2, 0.5, 2);
        Assert.Equal(8, scale.item<float>());
    }

    [Fact]
    public void Each_is_one_dispatcher_call_for_any_number_of_tensors()
    {
        foreach (var n in (int[])[1, 100])
        {
            var a = Enumerable.Range(0, n).Select(_ => ones(3)).ToArray();
            var b = Enumerable.Range(0, n).Select(_ => ones(3)).ToArray();
            var before = DispatcherCall.Count;
            Foreach.Copy_(a, b);
            Foreach.Mul_(a, tensor(2f));
            Foreach.Zero_(b);
            AmpOperators.NonFiniteCheckAndUnscale_(a, zeros(1), tensor(1f));
            Assert.Equal(4, DispatcherCall.Count - before);
        }
    }

    [Fact]
    public void Empty_lists_are_no_call()
    {
        var before = DispatcherCall.Count;
        Foreach.Copy_([], []);
        Foreach.Mul_([], tensor(2f));
        Foreach.Zero_([]);
        ScriptedForeach.Add_([], []);
        AmpOperators.NonFiniteCheckAndUnscale_([], zeros(1), tensor(1f));
        Assert.Equal(before, DispatcherCall.Count);
    }

    [Fact]
    public void A_disposed_tensor_is_an_exception()
    {
        var gone = ones(3);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Foreach.Copy_([ones(3)], [gone]));
        Assert.Throws<ObjectDisposedException>(() => Foreach.Mul_([gone], tensor(1f)));
        Assert.Throws<ObjectDisposedException>(() => Foreach.Mul_([ones(3)], gone));
        Assert.Throws<ObjectDisposedException>(() => Foreach.Zero_([gone]));
        Assert.Throws<ObjectDisposedException>(() => ScriptedForeach.TotalNorm([gone]));
        Assert.Throws<ObjectDisposedException>(() => AmpOperators.UpdateScale_(gone, gone, gone, 2, .5, 1));
    }

    [Fact]
    public void Wrong_lists_are_exceptions_that_name_the_place()
    {
        Assert.Contains("source 2", Assert.Throws<ArgumentException>(() => Foreach.Copy_([ones(3)], [ones(3), ones(3)])).Message);
        Assert.Contains("source[1] is", Assert.Throws<ArgumentException>(() => Foreach.Copy_([ones(3), ones(3)], [ones(3), ones(4)])).Message);
        Assert.Contains("tensors[1] is null", Assert.Throws<ArgumentException>(() => Foreach.Zero_([ones(3), null!])).Message);
        Assert.Throws<ArgumentException>(() => Foreach.Mul_([ones(3)], ones(2)));
        Assert.Throws<ArgumentException>(() => Foreach.Mul_([ones(3)], tensor(1.0)));
        Assert.Throws<ArgumentException>(() => AmpOperators.NonFiniteCheckAndUnscale_([ones(3, dtype: int64)], zeros(1), tensor(1f)));
        Assert.Throws<ArgumentException>(() => AmpOperators.UpdateScale_(tensor(1f), tensor(1f), tensor(0f), 2, .5, 1));
        Assert.Throws<ArgumentException>(() => ScriptedForeach.TotalNorm([]));
        Assert.Throws<ArgumentException>(() => ScriptedForeach.TotalNorm([ones(3, dtype: int64)]));
    }

    [Fact]
    public void A_sparse_tensor_is_an_exception()
    {
        var sparse = ones(3).to_sparse();
        Assert.Contains("sparse", Assert.Throws<ArgumentException>(() => Foreach.Copy_([ones(3)], [sparse])).Message);
    }

    [Fact]
    public void A_meta_tensor_beside_a_cpu_tensor_is_an_exception()
        => Assert.Throws<ArgumentException>(() => Foreach.Mul_([ones(3), ones(3, device: META)], tensor(1f)));

    [Fact]
    public void An_unknown_operator_is_an_exception()
    {
        var error = Assert.Throws<InvalidOperationException>(static () =>
        {
            using var call = new DispatcherCall();
            call.Invoke("aten::no_such_operator"u8);
        });
        Assert.Contains("aten::no_such_operator", error.Message);
    }
}
