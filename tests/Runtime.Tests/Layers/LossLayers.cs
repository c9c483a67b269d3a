using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Layers;

/// <summary>The losses.</summary>
internal static class LossLayers
{
    public static IEnumerable<Layer> All()
    {
        yield return Layer.Loss(nameof(BCELoss), () => BCELoss(), Probabilities, Probabilities);
        yield return Layer.Loss(nameof(BCEWithLogitsLoss), () => BCEWithLogitsLoss(), Values, Probabilities);
        yield return Layer.Loss(
            nameof(BCEWithLogitsLoss), () => BCEWithLogitsLoss(rand(4), pos_weights: rand(4)), Values, Probabilities, "with weights");
        yield return Layer.Loss(nameof(CrossEntropyLoss), () => CrossEntropyLoss(), Values, Classes);
        yield return Layer.Loss(nameof(CrossEntropyLoss), () => CrossEntropyLoss(rand(4)), Values, Classes, "with weights");
        yield return Layer.Loss(nameof(CrossEntropyLoss), () => CrossEntropyLoss(), Values, () => randn(3, 4).softmax(1), "of probabilities");
        yield return Layer.Loss(nameof(HingeEmbeddingLoss), () => HingeEmbeddingLoss(), Values, () => randn(3, 4).sign());
        yield return Layer.Loss(nameof(HuberLoss), () => HuberLoss(), Values, Values);
        yield return Layer.Loss(nameof(KLDivLoss), () => KLDivLoss(), () => randn(3, 4).log_softmax(1), () => randn(3, 4).log_softmax(1));
        yield return Layer.Loss(nameof(L1Loss), () => L1Loss(), Values, Values);
        yield return Layer.Loss(nameof(MSELoss), () => MSELoss(), Values, Values);
        yield return Layer.Called(
            nameof(MultiLabelMarginLoss), () => MultiLabelMarginLoss(),
            () => [Values(), tensor(new long[,] { { 3, 0, -1, 1 }, { 1, -1, 0, 2 }, { 0, 1, 2, -1 } })],
            static (loss, x) => loss.call(x[0], x[1]));
        yield return Layer.Loss(
            nameof(MultiLabelSoftMarginLoss), () => MultiLabelSoftMarginLoss(), Values, () => randint(2, [3, 4]).to_type(ScalarType.Float32));
        yield return Layer.Called(
            nameof(MultiMarginLoss), () => MultiMarginLoss(), () => [Values(), Classes()], static (loss, x) => loss.forward(x[0], x[1]));
        yield return Layer.Loss(nameof(NLLLoss), () => NLLLoss(), () => randn(3, 4).log_softmax(1), Classes);
        yield return Layer.Loss(nameof(NLLLoss), () => NLLLoss(rand(4)), () => randn(3, 4).log_softmax(1), Classes, "with weights");
        yield return Layer.Loss(nameof(PoissonNLLLoss), () => PoissonNLLLoss(), Values, () => rand(3, 4));
        yield return Layer.Loss(nameof(SmoothL1Loss), () => SmoothL1Loss(), Values, Values);
        yield return Layer.Loss(nameof(SoftMarginLoss), () => SoftMarginLoss(), Values, () => randn(3, 4).sign());
        yield return Layer.Called(
            nameof(CTCLoss), () => CTCLoss(), () => [randn(6, 2, 4).log_softmax(2), tensor(new long[,] { { 1, 2 }, { 3, 1 } }), Lengths(6, 5), Lengths(2, 2)],
            static (loss, x) => loss.call(x[0], x[1], x[2], x[3]));
        yield return Layer.Called(
            nameof(CosineEmbeddingLoss), () => CosineEmbeddingLoss(), () => [randn(3, 4), randn(3, 4), tensor(new float[] { 1, -1, 1 })],
            static (loss, x) => loss.call(x[0], x[1], x[2]));
        yield return Layer.Called(
            nameof(GaussianNLLLoss), () => GaussianNLLLoss(), () => [randn(3, 4), randn(3, 4), rand(3, 4) + 0.5],
            static (loss, x) => loss.call(x[0], x[1], x[2]));
        yield return Layer.Called(
            nameof(MarginRankingLoss), () => MarginRankingLoss(), () => [randn(3), randn(3), randn(3).sign()],
            static (loss, x) => loss.call(x[0], x[1], x[2]));
        yield return Layer.Called(
            nameof(TripletMarginLoss), () => TripletMarginLoss(margin: 4), () => [randn(3, 4), randn(3, 4), randn(3, 4)],
            static (loss, x) => loss.call(x[0], x[1], x[2]));
        yield return Layer.Called(
            nameof(TripletMarginWithDistanceLoss), () => TripletMarginWithDistanceLoss(margin: 4), () => [randn(3, 4), randn(3, 4), randn(3, 4)],
            static (loss, x) => loss.call(x[0], x[1], x[2]));
    }

    private static Tensor Values() => randn(3, 4);

    private static Tensor Probabilities() => (rand(3, 4) * 0.8) + 0.1;

    private static Tensor Classes() => tensor(new long[] { 1, 0, 3 });

    private static Tensor Lengths(params long[] lengths) => tensor(lengths);
}
