using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Layers;

/// <summary>The recurrent layers and their cells.</summary>
internal static class RecurrentLayers
{
    public static IEnumerable<Layer> All()
    {
        yield return Layer.Called<GRU>(nameof(GRU), () => GRU(4, 3), () => [Sequence()], static (layer, x) => layer.call(x[0], null).Item1);
        yield return Layer.Called<GRU>(
            nameof(GRU), () => GRU(4, 3, numLayers: 2, bidirectional: true), () => [Sequence(), randn(4, 2, 3)],
            static (layer, x) => layer.call(x[0], x[1]).Item1, "bidirectional, with a state");
        yield return Layer.Called<LSTM>(nameof(LSTM), () => LSTM(4, 3), () => [Sequence()], static (layer, x) => layer.call(x[0], null).Item1);
        yield return Layer.Called<LSTM>(
            nameof(LSTM), () => LSTM(4, 3, numLayers: 2, bidirectional: true), () => [Sequence(), randn(4, 2, 3), randn(4, 2, 3)],
            static (layer, x) => layer.call(x[0], (x[1], x[2])).Item1, "bidirectional, with a state");
        yield return Layer.Called<RNN>(nameof(RNN), () => RNN(4, 3), () => [Sequence()], static (layer, x) => layer.call(x[0], null).Item1);
        yield return Layer.Called<RNN>(
            nameof(RNN), () => RNN(4, 3, numLayers: 2, nonLinearity: NonLinearities.ReLU), () => [Sequence(), randn(2, 2, 3)],
            static (layer, x) => layer.call(x[0], x[1]).Item1, "with a state");
        yield return Layer.Called<GRUCell>(nameof(GRUCell), () => GRUCell(4, 3), () => [randn(2, 4)], static (layer, x) => layer.call(x[0], null!));
        yield return Layer.Called<GRUCell>(
            nameof(GRUCell), () => GRUCell(4, 3), () => [randn(2, 4), randn(2, 3)], static (layer, x) => layer.call(x[0], x[1]), "with a state");
        yield return Layer.Called<LSTMCell>(
            nameof(LSTMCell), () => LSTMCell(4, 3), () => [randn(2, 4), randn(2, 3), randn(2, 3)],
            static (layer, x) => layer.call(x[0], (x[1], x[2])).Item1);
        yield return Layer.Called<RNNCell>(nameof(RNNCell), () => RNNCell(4, 3), () => [randn(2, 4)], static (layer, x) => layer.call(x[0], null!));
        yield return Layer.Called<RNNCell>(
            nameof(RNNCell), () => RNNCell(4, 3), () => [randn(2, 4), randn(2, 3)], static (layer, x) => layer.call(x[0], x[1]), "with a state");
    }

    private static Tensor Sequence() => randn(3, 2, 4);
}
