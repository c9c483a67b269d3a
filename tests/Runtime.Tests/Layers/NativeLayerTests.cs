using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Layers;

/// <summary>Layers whose native code lacks something in 16-bit, in models.</summary>
public sealed class NativeLayerTests
{
    [Theory]
    [InlineData(Dtype.BFloat16)]
    [InlineData(Dtype.Float16)]
    public void Bilinear_works_over_16_bit_parameters(Dtype dtype)
    {
        using var scope = NewDisposeScope();
        using var model = new Pairs { PrecisionPolicy = new PrecisionPolicy(dtype, dtype) };
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named));
        var stored = training.MasterWeights.Storage.Where(static stored => stored.Name.StartsWith("bilinear")).ToList();
        Assert.All(stored, static stored => Assert.Equal((ScalarType.Float32, "Bilinear in a region"), (stored.Dtype, stored.Reason)));
        training.Backward(model.call(randn(2, 4)).mean() / 64);
        Assert.True(training.Step().Applied);
    }

    [Fact]
    public void Bilinear_is_16_bit_in_true_16_bit()
    {
        using var scope = NewDisposeScope();
        using var model = new Pairs { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) };
        using var masters = model.CreateMasterWeights();
        Assert.All(masters.Storage, static stored => Assert.Equal(ScalarType.BFloat16, stored.Dtype));
        Assert.Equal(ScalarType.Float32, model.call(randn(2, 4)).dtype);
    }

    [Fact]
    public void Bilinear_that_its_user_converted_takes_both_dtypes()
    {
        using var scope = NewDisposeScope();
        using var model = new Pairs();
        model.Bilinear.bfloat16();
        Assert.True(model.call(randn(2, 4)).isfinite().all().item<bool>());
        Assert.Equal(ScalarType.BFloat16, model.ResultDtype);
    }

    [Theory]
    [InlineData(Dtype.Float32)]
    [InlineData(Dtype.Float16)]
    public void LSTM_in_Float16_on_a_CPU_does_not_end_the_process(Dtype parameters)
    {
        using var scope = NewDisposeScope();
        using var model = new Recurrent { PrecisionPolicy = new PrecisionPolicy(Dtype.Float16, parameters) };
        using var masters = model.CreateMasterWeights();
        model.call(randn(3, 2, 4)).sum().backward();
        Assert.Equal(ScalarType.Float16, model.ResultDtype);
        Assert.All(model.parameters(), static parameter => Assert.True(parameter.grad!.isfinite().all().item<bool>()));
    }

    [Fact]
    public void Casts_of_inputs_are_freed_with_the_call()
    {
        using var bilinear = Bilinear(4, 4, 2);
        using var x = randn(2, 4, dtype: ScalarType.BFloat16);
        using var scope = NewDisposeScope();
        using (Autocast.Enter(CPU, Dtype.BFloat16))
        {
            bilinear.call(x, x);
        }

        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void Hooks_of_a_layer_run_as_ever()
    {
        using var scope = NewDisposeScope();
        using var model = new Pairs();
        var seen = new List<ScalarType>();
        model.Bilinear.register_forward_pre_hook((_, x, y) =>
        {
            seen.Add(x.dtype);
            return (x, y);
        });
        model.call(randn(2, 4));
        Assert.Equal([ScalarType.Float32], seen);
    }
}

/// <summary>A bilinear layer after a linear one: its inputs are 16-bit.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Pairs : Module<Tensor, Tensor>
{
    private readonly Linear linear = Linear(4, 4);
    private readonly Bilinear bilinear = Bilinear(4, 4, 2);

    public Pairs()
        : base(nameof(Pairs)) => RegisterComponents();

    public Bilinear Bilinear => bilinear;

    public ScalarType ResultDtype { get; private set; }

    private Tensor ForwardCore(Tensor x)
    {
        var result = bilinear.call(linear.call(x), x);
        ResultDtype = result.dtype;
        return result;
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Recurrent : Module<Tensor, Tensor>
{
    private readonly LSTM layer = LSTM(4, 3);

    public Recurrent()
        : base(nameof(Recurrent)) => RegisterComponents();

    public ScalarType ResultDtype { get; private set; }

    private Tensor ForwardCore(Tensor x)
    {
        var (result, _, _) = layer.call(x);
        ResultDtype = result.dtype;
        return result;
    }
}
