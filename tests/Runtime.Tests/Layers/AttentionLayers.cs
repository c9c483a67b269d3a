using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Layers;

/// <summary>Attention and transformer layers, with every kind of mask. Sequences are (length, batch, features).</summary>
internal static class AttentionLayers
{
    private const int Length = 4;

    public static IEnumerable<Layer> All()
    {
        foreach (var (masks, attention, padding) in Masks())
        {
            yield return Layer.Called(
                nameof(MultiheadAttention), () => MultiheadAttention(8, 2), () => Inputs(3, attention, padding),
                Call<MultiheadAttention>(static (layer, x, mask, padding) => Joined(layer.call(x[0], x[1], x[2], padding, true, mask)), 3, attention, padding),
                masks);
            yield return Layer.Called(
                nameof(TransformerEncoderLayer), EncoderLayer, () => Inputs(1, attention, padding),
                Call<TransformerEncoderLayer>(static (layer, x, mask, padding) => layer.call(x[0], mask!, padding!), 1, attention, padding),
                masks);
            yield return Layer.Called(
                nameof(TransformerEncoder), () => TransformerEncoder(EncoderLayer(), 2), () => Inputs(1, attention, padding),
                Call<TransformerEncoder>(static (layer, x, mask, padding) => layer.call(x[0], mask!, padding!), 1, attention, padding),
                masks);
            yield return Layer.Called(
                nameof(TransformerDecoderLayer), DecoderLayer, () => Inputs(2, attention, padding),
                Call<TransformerDecoderLayer>(static (layer, x, mask, padding) => layer.call(x[0], x[1], mask!, mask, padding, padding), 2, attention, padding),
                masks);
            yield return Layer.Called(
                nameof(TransformerDecoder), () => TransformerDecoder(DecoderLayer(), 2), () => Inputs(2, attention, padding),
                Call<TransformerDecoder>(static (layer, x, mask, padding) => layer.call(x[0], x[1], mask!, mask, padding, padding), 2, attention, padding),
                masks);
            yield return Layer.Called(
                nameof(Transformer), () => Transformer(8, 2, 1, 1, 16, dropout: 0, activation: Activations.GELU), () => Inputs(2, attention, padding),
                Call<Transformer>(
                    static (layer, x, mask, padding) => layer.call(x[0], x[1], mask!, mask, mask, padding, padding, padding), 2, attention, padding),
                masks);
        }

        yield return Layer.Called(
            nameof(MultiheadAttention), WithAddedPlaces, static () => Inputs(3, null, null),
            static (layer, x) => Joined(layer.call(x[0], x[1], x[2])), "with added places");
        yield return Layer.Called(
            nameof(MultiheadAttention), WithAddedPlaces, static () => Inputs(3, null, Padding),
            static (layer, x) => Joined(layer.call(x[0], x[1], x[2], x[3])), "with added places and a padding mask");
        yield return Layer.Of(
            nameof(TransformerEncoderLayer), () => Sequential(EncoderLayer()),
            static () => randn(Length, 2, 8), "in a Sequential");
    }

    private static IEnumerable<(string Name, Func<Tensor>? Attention, Func<Tensor>? Padding)> Masks()
    {
        yield return ("", null, null);
        yield return ("with a float mask", FloatMask, null);
        yield return ("with a bool mask", BoolMask, null);
        yield return ("with a padding mask", null, Padding);
        yield return ("with a float and a padding mask", FloatMask, Padding);
    }

    // GELU rather than ReLU, whose gradient jumps where rounding changes a sign.
    private static TransformerEncoderLayer EncoderLayer() => TransformerEncoderLayer(8, 2, 16, dropout: 0, activation: Activations.GELU);

    private static TransformerDecoderLayer DecoderLayer() => TransformerDecoderLayer(8, 2, 16, dropout: 0, activation: Activations.GELU);

    private static MultiheadAttention WithAddedPlaces() => MultiheadAttention(8, 2, add_bias_kv: true, add_zero_attn: true);

    private static Func<TModule, Tensor[], Tensor> Call<TModule>(
        Func<TModule, Tensor[], Tensor?, Tensor?, Tensor> call, int inputs, Func<Tensor>? attention, Func<Tensor>? padding)
        => (layer, x) => call(layer, x, attention is null ? null : x[inputs], padding is null ? null : x[^1]);

    private static Tensor[] Inputs(int count, Func<Tensor>? attention, Func<Tensor>? padding)
        =>
        [
            .. Enumerable.Range(0, count).Select(static _ => randn(Length, 2, 8)),
            .. attention is null ? [] : new[] { attention() },
            .. padding is null ? [] : new[] { padding() },
        ];

    private static Tensor FloatMask() => full(Length, Length, float.NegativeInfinity).triu(1);

    private static Tensor BoolMask() => ones(Length, Length, dtype: ScalarType.Bool).triu(1);

    private static Tensor Padding() => tensor(new[,] { { false, false, false, true }, { false, false, false, false } });

    private static Tensor Joined(Tuple<Tensor, Tensor> results) => cat([results.Item1.flatten(), results.Item2.flatten()]);
}
