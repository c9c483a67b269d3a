using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Training;

/// <summary>Embeddings' own kinds of gradients: sparse ones, and those of a weight that the forward writes.</summary>
public class EmbeddingGradientTests
{
    [Theory]
    [InlineData(true, Dtype.Float32)]
    [InlineData(false, Dtype.Float32)]
    [InlineData(true, Dtype.BFloat16)]
    public void A_non_finite_sparse_gradient_is_found_by_its_name(bool fused, Dtype parameters)
    {
        using var scope = NewDisposeScope();
        using var model = new Words(sparse: true) { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, parameters) };
        using var training = MixedPrecisionTraining.Create(model, named => Lines.Sgd(named, fused));
        training.Backward(model.call(tensor([1L, 1, 2])).sum());
        Assert.Null(training.FindNonFinite());
        Assert.True(training.Step().Applied);
        Assert.Null(training.FindNonFinite());

        // The loss is finite; the slope of the square root at 0 is not.
        training.Backward(model.call(tensor([3L])).square().sum().sqrt());
        var finding = training.FindNonFinite()!;
        Assert.Equal((NonFiniteKind.Gradient, "words.weight"), (finding.Kind, finding.Name));
        Assert.False(training.Step().Applied);
    }

    [Theory]
    [InlineData(Dtype.Float32)]
    [InlineData(Dtype.BFloat16)]
    public void A_bag_of_embeddings_whose_forward_writes_it_trains_in_float32(Dtype parameters)
    {
        using var scope = NewDisposeScope();
        using var model = new Bags { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, parameters) };
        using var training = MixedPrecisionTraining.Create(model, static named => new FusedAdamW(named));
        var stored = Assert.Single(training.MasterWeights.Storage);
        Assert.Equal((ScalarType.Float32, false), (stored.Dtype, stored.HasMaster));
        for (var step = 0; step < 3; step++)
        {
            training.Backward(model.call(tensor(new[,] { { 1L, 2 }, { 2, 3 } })).sum());
            Assert.True(training.Step().Applied);
        }
    }
}

/// <summary>Bags of embeddings with max_norm, whose forward writes its weight.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Bags : Module<Tensor, Tensor>
{
    private readonly EmbeddingBag words = EmbeddingBag(8, 4, max_norm: 1.0);

    public Bags()
        : base(nameof(Bags)) => RegisterComponents();

    private Tensor ForwardCore(Tensor ids) => words.call(ids);
}
