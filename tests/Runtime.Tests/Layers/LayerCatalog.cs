using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Layers;

/// <summary>Every layer of <c>torch.nn</c>, as small as it can be.</summary>
internal static class LayerCatalog
{
    private const string InSequential = "in a Sequential";

    /// <summary>Factories whose modules hold others and compute nothing themselves.</summary>
    public static IReadOnlySet<string> Containers { get; } = new HashSet<string>
    {
        nameof(ModuleDict), nameof(ModuleList), nameof(ParameterDict), nameof(ParameterList), nameof(Sequential),
    };

    public static IReadOnlyList<Layer> All { get; } =
        [.. Products(), .. Activations(), .. Pools(), .. Norms(), .. Shapes(), .. Tables(), .. LossLayers.All(), .. AttentionLayers.All(), .. RecurrentLayers.All()];

    private static IEnumerable<Layer> Products()
    {
        yield return Layer.Of(nameof(Linear), () => Linear(4, 3), () => randn(2, 4));
        yield return Layer.Called(
            nameof(Bilinear), () => Bilinear(4, 3, 2), () => [randn(2, 4), randn(2, 3)], static (layer, x) => layer.call(x[0], x[1]));
        yield return Layer.Of(nameof(Conv1d), () => Conv1d(4, 4, 3), () => randn(2, 4, 8));
        yield return Layer.Of(nameof(Conv1d), () => Conv1d(4, 4, 3, padding: 1, padding_mode: PaddingModes.Reflect), () => randn(2, 4, 8), "reflecting");
        yield return Layer.Of(nameof(Conv2d), () => Conv2d(4, 4, 3), () => randn(2, 4, 6, 6));
        yield return Layer.Of(nameof(Conv2d), () => Conv2d(4, 4, 3, padding: 1, padding_mode: PaddingModes.Circular), () => randn(2, 4, 6, 6), "circular");
        yield return Layer.Of(nameof(Conv3d), () => Conv3d(2, 2, 3), () => randn([2, 2, 4, 4, 4]));
        yield return Layer.Called(
            nameof(ConvTranspose1d), () => ConvTranspose1d(4, 4, 3), () => [randn(2, 4, 6)], static (layer, x) => layer.forward(x[0], null));
        yield return Layer.Called(
            nameof(ConvTranspose2d), () => ConvTranspose2d(4, 4, 3), () => [randn(2, 4, 4, 4)], static (layer, x) => layer.forward(x[0], null));
        yield return Layer.Called(
            nameof(ConvTranspose3d), () => ConvTranspose3d(2, 2, 2), () => [randn([2, 2, 3, 3, 3])], static (layer, x) => layer.forward(x[0], null));
        yield return Layer.Called(nameof(CosineSimilarity), () => CosineSimilarity(), () => [randn(3, 4), randn(3, 4)], static (layer, x) => layer.call(x[0], x[1]));
        yield return Layer.Called(nameof(PairwiseDistance), () => PairwiseDistance(), () => [randn(3, 4), randn(3, 4)], static (layer, x) => layer.call(x[0], x[1]));
    }

    private static IEnumerable<Layer> Activations()
    {
        yield return Layer.Of(nameof(CELU), () => CELU(), Matrix);
        yield return Layer.Of(nameof(ELU), () => ELU(), Matrix);
        yield return Layer.Of(nameof(GELU), () => GELU(), Matrix);
        yield return Layer.Of(nameof(GLU), () => GLU(), Matrix);
        yield return Layer.Of(nameof(Hardshrink), () => Hardshrink(), Matrix);
        yield return Layer.Of(nameof(Hardsigmoid), () => Hardsigmoid(), Matrix);
        yield return Layer.Of(nameof(Hardswish), () => Hardswish(), Matrix);
        yield return Layer.Of(nameof(Hardtanh), () => Hardtanh(), Matrix);
        yield return Layer.Of(nameof(LeakyReLU), () => LeakyReLU(), Matrix);
        yield return Layer.Of(nameof(LogSigmoid), () => LogSigmoid(), Matrix);
        yield return Layer.Of(nameof(LogSoftmax), () => LogSoftmax(1), Matrix);
        yield return Layer.Of(nameof(Mish), () => Mish(), Matrix);
        yield return Layer.Of(nameof(PReLU), () => PReLU(4), Matrix);
        yield return Layer.Of(nameof(RReLU), () => RReLU(0.25, 0.25), Matrix);
        yield return Layer.Of(nameof(ReLU), () => ReLU(), Matrix);
        yield return Layer.Of(nameof(ReLU6), () => ReLU6(), Matrix);
        yield return Layer.Of(nameof(SELU), () => SELU(), Matrix);
        yield return Layer.Of(nameof(SiLU), () => SiLU(), Matrix);
        yield return Layer.Of(nameof(Sigmoid), () => Sigmoid(), Matrix);
        yield return Layer.Of(nameof(Softmax), () => Softmax(1), Matrix);
        yield return Layer.Of(nameof(Softmax2d), () => Softmax2d(), Image);
        yield return Layer.Of(nameof(Softmin), () => Softmin(1), Matrix);
        yield return Layer.Of(nameof(Softplus), () => Softplus(), Matrix);
        yield return Layer.Of(nameof(Softshrink), () => Softshrink(), Matrix);
        yield return Layer.Of(nameof(Softsign), () => Softsign(), Matrix);
        yield return Layer.Of(nameof(Tanh), () => Tanh(), Matrix);
        yield return Layer.Of(nameof(Tanhshrink), () => Tanhshrink(), Matrix);
        yield return Layer.Of(nameof(Threshold), () => Threshold(0.1, 0.5), Matrix);
        yield return Layer.Of(nameof(Dropout), () => Dropout(), Matrix) with { IsRandom = true };
        yield return Layer.Of(nameof(Dropout1d), () => Dropout1d(), Sequence) with { IsRandom = true };
        yield return Layer.Of(nameof(Dropout2d), () => Dropout2d(), Image) with { IsRandom = true };
        yield return Layer.Of(nameof(Dropout3d), () => Dropout3d(), Volume) with { IsRandom = true };
        yield return Layer.Of(nameof(AlphaDropout), () => AlphaDropout(), Matrix) with { IsRandom = true };
        yield return Layer.Of(nameof(FeatureAlphaDropout), () => FeatureAlphaDropout(), Sequence) with { IsRandom = true };
    }

    private static IEnumerable<Layer> Pools()
    {
        yield return Layer.Of(nameof(AdaptiveAvgPool1d), () => AdaptiveAvgPool1d(2), Sequence);
        yield return Layer.Of(nameof(AdaptiveAvgPool2d), () => AdaptiveAvgPool2d(2), Image);
        yield return Layer.Of(nameof(AdaptiveAvgPool3d), () => AdaptiveAvgPool3d(2), Volume);
        yield return Layer.Of(nameof(AdaptiveMaxPool1d), () => AdaptiveMaxPool1d(2), Sequence);
        yield return Layer.Of(nameof(AdaptiveMaxPool2d), () => AdaptiveMaxPool2d([2, 2]), Image);
        yield return Layer.Of(nameof(AdaptiveMaxPool3d), () => AdaptiveMaxPool3d([2, 2, 2]), Volume);
        yield return Layer.Of(nameof(AvgPool1d), () => AvgPool1d(2), Sequence);
        yield return Layer.Of(nameof(AvgPool2d), () => AvgPool2d(2), Image);
        yield return Layer.Called(nameof(AvgPool3d), () => AvgPool3d(2), () => [Volume()], static (layer, x) => layer.call(x[0]));
        yield return Layer.Of(nameof(AvgPool3d), () => Sequential(AvgPool3d(2)), Volume, InSequential);
        yield return Layer.Of(nameof(MaxPool1d), () => MaxPool1d(2), Sequence);
        yield return Layer.Of(nameof(MaxPool2d), () => MaxPool2d(2), Image);
        yield return Layer.Of(nameof(MaxPool3d), () => MaxPool3d(2), Volume);
        yield return Layer.Of(nameof(FractionalMaxPool2d), () => FractionalMaxPool2d(2, output_size: 3), Image) with { IsRandom = true };
        yield return Layer.Of(nameof(FractionalMaxPool3d), () => FractionalMaxPool3d(2, output_size: 2), Volume) with { IsRandom = true };
        yield return Layer.Of(nameof(LPPool1d), () => LPPool1d(2, 2), Sequence);
        yield return Layer.Of(nameof(LPPool2d), () => LPPool2d(2, [2, 2]), Image);
        yield return Unpool(nameof(MaxUnpool1d), () => MaxUnpool1d(2), static (layer, x) => layer.call(x[0], x[1]), 2, 2, 3);
        yield return Unpool(nameof(MaxUnpool2d), () => MaxUnpool2d(2), static (layer, x) => layer.call(x[0], x[1]), 2, 2, 3, 3);
        yield return Unpool(nameof(MaxUnpool3d), () => MaxUnpool3d(2), static (layer, x) => layer.call(x[0], x[1]), 2, 2, 2, 2, 2);
    }

    private static IEnumerable<Layer> Norms()
    {
        yield return Layer.Of(nameof(BatchNorm1d), () => BatchNorm1d(3), () => randn(8, 3));
        yield return Layer.Of(nameof(BatchNorm1d), () => BatchNorm1d(3, track_running_stats: false), () => randn(8, 3), "without running statistics");
        yield return Layer.Of(nameof(BatchNorm1d), () => BatchNorm1d(3, affine: false), () => randn(8, 3), "without parameters");
        yield return Layer.Of(nameof(BatchNorm2d), () => BatchNorm2d(3), () => randn(4, 3, 2, 2));
        yield return Layer.Of(nameof(BatchNorm3d), () => BatchNorm3d(3), () => randn([4, 3, 2, 2, 2]));
        yield return Layer.Of(nameof(GroupNorm), () => Filled(GroupNorm(2, 4)), Image);
        yield return Layer.Of(nameof(GroupNorm), () => GroupNorm(2, 4, affine: false), Image, "without parameters");
        yield return Layer.Of(nameof(InstanceNorm1d), () => InstanceNorm1d(4), Sequence);
        yield return Layer.Of(nameof(InstanceNorm1d), () => InstanceNorm1d(4, affine: true), Sequence, "with parameters");
        yield return Layer.Of(
            nameof(InstanceNorm1d), () => InstanceNorm1d(4, affine: true, track_running_stats: true), Sequence, "with running statistics");
        yield return Layer.Of(nameof(InstanceNorm2d), () => InstanceNorm2d(4, affine: true), Image);
        yield return Layer.Of(nameof(InstanceNorm3d), () => InstanceNorm3d(2, affine: true), Volume);
        yield return Layer.Of(nameof(LayerNorm), () => LayerNorm(4), Matrix);
        yield return Layer.Of(nameof(LayerNorm), () => LayerNorm([4], elementwise_affine: false), Matrix, "without parameters");
        yield return Layer.Called(nameof(LocalResponseNorm), () => LocalResponseNorm(2), () => [Image()], static (layer, x) => layer.forward(x[0]));
        yield return Layer.Of(nameof(LocalResponseNorm), () => Sequential(LocalResponseNorm(2)), Image, InSequential);
    }

    private static IEnumerable<Layer> Shapes()
    {
        yield return Layer.Of(nameof(ChannelShuffle), () => ChannelShuffle(2), Image);
        yield return Layer.Of(nameof(Flatten), () => Flatten(), Image);
        yield return Layer.Of(nameof(Fold), () => Fold(4, 2), () => randn(2, 16, 9));
        yield return Layer.Of(nameof(Identity), () => Identity(), Matrix);
        yield return Layer.Of(nameof(PixelShuffle), () => PixelShuffle(2), Image);
        yield return Layer.Of(nameof(PixelUnshuffle), () => PixelUnshuffle(2), Image);
        yield return Layer.Of(nameof(Unflatten), () => Unflatten(1, [2, 2]), Matrix);
        yield return Layer.Of(nameof(Unfold), () => Unfold(2), Image);
        yield return Layer.Of(nameof(ConstantPad1d), () => ConstantPad1d(1, 0.5), Sequence);
        yield return Layer.Of(nameof(ConstantPad2d), () => ConstantPad2d(1, 0.5), Image);
        yield return Layer.Of(nameof(ConstantPad3d), () => ConstantPad3d(1, 0.5), Volume);
        yield return Layer.Of(nameof(ReflectionPad1d), () => ReflectionPad1d(1), Sequence);
        yield return Layer.Of(nameof(ReflectionPad2d), () => ReflectionPad2d(1), Image);
        yield return Layer.Of(nameof(ReflectionPad3d), () => ReflectionPad3d(1), Volume);
        yield return Layer.Of(nameof(ReplicationPad1d), () => ReplicationPad1d(1), Sequence);
        yield return Layer.Of(nameof(ReplicationPad2d), () => ReplicationPad2d(1), Image);
        yield return Layer.Of(nameof(ReplicationPad3d), () => ReplicationPad3d(1), Volume);
        yield return Layer.Of(nameof(ZeroPad2d), () => ZeroPad2d(1), Image);
        foreach (var (mode, input) in new (UpsampleMode, Func<Tensor>)[]
        {
            (UpsampleMode.Nearest, Image), (UpsampleMode.Linear, Sequence), (UpsampleMode.Bilinear, Image),
            (UpsampleMode.Bicubic, Image), (UpsampleMode.Trilinear, Volume),
        })
        {
            yield return Layer.Of(nameof(Upsample), () => Upsample(scale_factor: Scale(input), mode: mode), input, mode.ToString().ToLowerInvariant());
        }
    }

    private static IEnumerable<Layer> Tables()
    {
        yield return Layer.Of(nameof(Embedding), () => Embedding(5, 4), Indices);
        yield return Layer.Of(nameof(Embedding), () => Embedding(5, 4, padding_idx: 0, scale_grad_by_freq: true), Indices, "with a padding index");
        yield return Layer.Of(nameof(Embedding_from_pretrained), () => Embedding_from_pretrained(randn(5, 4), freeze: false), Indices);
        foreach (var mode in Enum.GetValues<EmbeddingBagMode>())
        {
            yield return Layer.Called(
                nameof(EmbeddingBag), () => EmbeddingBag(5, 4, mode: mode), () => [Indices()], static (layer, x) => layer.call(x[0]), mode.ToString().ToLowerInvariant());
        }

        yield return Layer.Called(
            nameof(EmbeddingBag), () => EmbeddingBag(5, 4, mode: EmbeddingBagMode.Sum), () => [Indices(), randn(2, 3)],
            static (layer, x) => layer.call(x[0], null, x[1]), "with weights for each sample");
        yield return Layer.Called(
            nameof(EmbeddingBag_from_pretrained), () => EmbeddingBag_from_pretrained(randn(5, 4), freeze: false), () => [Indices()],
            static (layer, x) => layer.call(x[0]));
    }

    private static Layer Unpool<TModule>(string factory, Func<TModule> create, Func<TModule, Tensor[], Tensor> run, params long[] shape)
        where TModule : Module
        => Layer.Called(factory, create, () => [randn(shape), Corners(shape)], run);

    /// <summary>The first element of each window of 2, as <c>max_pool</c> returns indices.</summary>
    private static Tensor Corners(long[] shape)
    {
        var index = zeros(1, dtype: ScalarType.Int64);
        foreach (var size in shape[2..])
        {
            index = (index.unsqueeze(-1) * (size * 2)) + (arange(size, dtype: ScalarType.Int64) * 2);
        }

        return index.reshape([1, 1, .. shape[2..]]).expand(shape).contiguous();
    }

    /// <summary>TorchSharp 0.107.0 leaves the parameters of GroupNorm uninitialised.</summary>
    private static GroupNorm Filled(GroupNorm norm)
    {
        init.ones_(norm.weight!);
        init.zeros_(norm.bias!);
        return norm;
    }

    private static double[] Scale(Func<Tensor> input) => [.. Enumerable.Repeat(2.0, (int)input().dim() - 2)];

    private static Tensor Matrix() => randn(3, 4);

    private static Tensor Sequence() => randn(2, 4, 6);

    private static Tensor Image() => randn(2, 4, 6, 6);

    private static Tensor Volume() => randn([2, 2, 4, 4, 4]);

    private static Tensor Indices() => tensor(new long[,] { { 1, 0, 3 }, { 2, 4, 1 } });
}
