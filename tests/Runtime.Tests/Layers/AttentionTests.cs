using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Layers;

/// <summary>Attention and transformer layers as users build models of them.</summary>
public sealed class AttentionTests
{
    private static Tensor Padding => tensor(new[,] { { false, false, false, true }, { false, false, false, false } });

    [Fact]
    public void Attention_takes_a_padding_mask_in_a_region()
    {
        using var scope = NewDisposeScope();
        using var model = new PaddedAttention();
        Assert.Equal(ScalarType.Float32, model.call(randn(4, 2, 8), Padding).dtype);
    }

    [Fact]
    public void A_padded_place_has_no_influence()
    {
        using var scope = NewDisposeScope();
        using var model = new PaddedAttention();
        var x = randn(4, 2, 8);
        var other = x.clone();
        other[3, 0] = randn(8);
        Assert.Equal(model.call(x, Padding)[..3].data<float>().ToArray(), model.call(other, Padding)[..3].data<float>().ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_encoder_layer_takes_a_padding_mask_in_a_region(bool training)
    {
        using var scope = NewDisposeScope();
        using var model = new PaddedEncoder();
        model.train(training);
        Assert.True(model.call(randn(4, 2, 8), Padding).isfinite().all().item<bool>());
    }

    [Fact]
    public void A_region_of_the_users_own_counts_too()
    {
        using var scope = NewDisposeScope();
        using var attention = MultiheadAttention(8, 2);
        var x = randn(4, 2, 8);
        using (Autocast.Enter(CPU, Dtype.BFloat16))
        {
            Assert.Equal(ScalarType.BFloat16, attention.call(x, x, x, Padding, false, null!).Item1.dtype);
            Assert.Equal(ScalarType.BFloat16, Autocast.GetDtype(CPU));
        }
    }

    [Fact]
    public void A_bool_attention_mask_is_added_as_numbers_in_float32_too()
    {
        using var scope = NewDisposeScope();
        using var attention = MultiheadAttention(8, 2);
        var x = randn(4, 2, 8);
        var mask = ones(4, 4, dtype: ScalarType.Bool).triu(1);
        Assert.Equal(
            attention.call(x, x, x, null!, false, mask.to_type(ScalarType.Float32)).Item1.data<float>().ToArray(),
            attention.call(x, x, x, null!, false, mask).Item1.data<float>().ToArray());
    }

    [Fact]
    public void A_call_that_throws_leaves_the_region_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var attention = MultiheadAttention(8, 2);
        var x = randn(4, 2, 8);
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        Assert.ThrowsAny<Exception>(() => Wrong(attention, x));
        Assert.Equal((true, ScalarType.BFloat16), (Autocast.IsEnabled(CPU), Autocast.GetDtype(CPU)));
    }

    [Fact]
    public void Outside_regions_the_original_runs()
    {
        using var scope = NewDisposeScope();
        using var attention = MultiheadAttention(8, 2);
        attention.to(ScalarType.BFloat16);
        var x = randn(4, 2, 8).bfloat16();
        var exception = Assert.ThrowsAny<Exception>(() => attention.call(x, x, x, Padding, false, null!));
        Assert.Contains("masked_fill", exception.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Norms_inside_transformer_layers_are_stored_in_float32(bool autocast)
    {
        using var scope = NewDisposeScope();
        using var model = new EncoderStack();
        model.PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: autocast);
        using var masters = model.CreateMasterWeights();
        var norms = masters.Storage.Where(static stored => stored.Name.Contains("norm")).ToList();
        Assert.Equal(16, norms.Count);
        Assert.All(norms, stored => Assert.Equal((ScalarType.Float32, false), (stored.Dtype, stored.HasMaster)));
        Assert.All(norms, stored => Assert.Contains("norm of TransformerEncoder", stored.Reason));
        Assert.All(
            masters.Storage.Where(static stored => !stored.Name.Contains("norm")),
            static stored => Assert.Equal(ScalarType.BFloat16, stored.Dtype));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stack_of_encoder_layers_trains_with_16_bit_parameters(bool autocast)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var model = new EncoderStack();
        model.PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: autocast);
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named, lr: 1e-2));
        var x = randn(4, 2, 8);
        var losses = new List<float>();
        for (var step = 0; step < 10; step++)
        {
            var loss = (model.call(x, Padding) - x).pow(2).mean();
            losses.Add(loss.item<float>());
            training.Backward(loss);
            Assert.True(training.Step().Applied);
        }

        Assert.True(losses[^1] < losses[0], string.Join(" ", losses));
    }

    private static void Wrong(MultiheadAttention attention, Tensor x) => attention.call(x, x, x, zeros(5, 5, dtype: ScalarType.Bool), false, null!);
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class PaddedAttention : Module<Tensor, Tensor, Tensor>
{
    private readonly MultiheadAttention attention = MultiheadAttention(8, 2);

    public PaddedAttention()
        : base(nameof(PaddedAttention)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x, Tensor padding) => attention.call(x, x, x, padding, false, null!).Item1;
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class PaddedEncoder : Module<Tensor, Tensor, Tensor>
{
    private readonly TransformerEncoderLayer layer = TransformerEncoderLayer(8, 2, 16);

    public PaddedEncoder()
        : base(nameof(PaddedEncoder)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x, Tensor padding) => layer.call(x, null!, padding);
}

/// <summary>Layers in a list, and one of TorchSharp's own stacks.</summary>
[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
public sealed partial class EncoderStack : Module<Tensor, Tensor, Tensor>
{
    private readonly ModuleList<TransformerEncoderLayer> list = ModuleList(
        TransformerEncoderLayer(8, 2, 16, dropout: 0), TransformerEncoderLayer(8, 2, 16, dropout: 0));

    private readonly TransformerEncoder stack = TransformerEncoder(TransformerEncoderLayer(8, 2, 16, dropout: 0), 2);

    public EncoderStack()
        : base(nameof(EncoderStack)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x, Tensor padding)
    {
        foreach (var layer in list)
        {
            x = layer.call(x, null!, padding);
        }

        return stack.call(x, null!, padding);
    }
}
