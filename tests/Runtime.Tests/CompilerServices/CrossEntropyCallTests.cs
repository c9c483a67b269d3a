using Precision.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.CompilerServices;

/// <summary><c>cross_entropy</c> through the entry point of interceptors, against TorchSharp's.</summary>
[Collection(SerialTests.Name)]
public sealed class CrossEntropyCallTests
{
    /// <summary>TorchSharp's own, through a delegate: this project's calls are intercepted.</summary>
    private static readonly Func<Tensor, Tensor, Tensor?, long, Reduction, double, Tensor> Original = functional.cross_entropy;

    public static TheoryData<string> Others => ["weight", "sum", "none", "smoothing", "float32", "probabilities", "images", "outside"];

    [SkippableFact]
    public void In_a_region_on_a_GPU_the_loss_is_exact_for_16_bit_logits()
    {
        var device = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var logits = (randn(200, 64) * 3).to(bfloat16);
        var target = randint(64, [200]);
        target[0] = 5;
        var exact = Original(logits.to(float64), target, null, 5, Reduction.Mean, 0).item<double>();
        var own = logits.to(device).requires_grad_();
        Tensor loss, original;
        using (Autocast.Enter(device, Dtype.BFloat16))
        {
            loss = FusedCrossEntropy.cross_entropy(own, target.to(device), ignore_index: 5);
            original = Original(logits.to(device), target.to(device), null, 5, Reduction.Mean, 0);
        }

        loss.backward();
        Assert.Equal((ScalarType.Float32, ScalarType.BFloat16), (loss.dtype, own.grad!.dtype));
        Assert.Equal(ScalarType.Float32, original.dtype);
        Assert.Equal(exact, loss.item<float>(), 1e-5);
        Assert.Equal(exact, original.item<float>(), 1e-2);
    }

    [SkippableFact]
    public void In_true_16_bit_it_has_the_dtype_of_the_logits()
    {
        var device = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var logits = (randn(200, 64) * 3).to(bfloat16).to(device);
        var target = randint(64, [200]).to(device);
        using var region = Autocast.Disable(device);
        var loss = FusedCrossEntropy.cross_entropy(logits, target);
        Assert.Equal(ScalarType.BFloat16, loss.dtype);
        Assert.Equal(Original(logits.to(float64), target, null, -100, Reduction.Mean, 0).item<double>(), loss.to(float32).item<float>(), 0.04);
    }

    [SkippableTheory]
    [MemberData(nameof(Others))]
    public void Everything_else_is_the_originals_on_a_GPU(string kind) => AssertOriginal(Infrastructure.Cuda.Require(), kind);

    [Theory]
    [MemberData(nameof(Others))]
    [InlineData("plain")]
    public void On_a_CPU_the_original_runs(string kind) => AssertOriginal(CPU, kind);

    [Fact]
    public void What_the_original_refuses_is_refused_in_its_words()
    {
        using var scope = NewDisposeScope();
        var logits = rand(4, 8, dtype: bfloat16);
        using var region = Autocast.Enter(CPU, Dtype.BFloat16);
        foreach (var target in (Tensor[])[zeros(3, dtype: int64), zeros(4, dtype: int32)])
        {
            var error = Record.Exception(() => FusedCrossEntropy.cross_entropy(logits, target));
            var expected = Record.Exception(() => Original(logits, target, null, -100, Reduction.Mean, 0));
            Assert.Equal((expected!.GetType(), expected.Message), (error!.GetType(), error.Message));
        }
    }

    private static void AssertOriginal(Device device, string kind)
    {
        using var scope = NewDisposeScope();
        var logits = randn(6, 8).to(kind == "float32" ? float32 : bfloat16).to(device);
        var target = randint(8, [6]).to(device);
        Tensor? weight = null;
        var (reduction, smoothing) = (Reduction.Mean, 0.0);
        switch (kind)
        {
            case "weight":
                weight = rand(8, device: device);
                break;
            case "sum":
                reduction = Reduction.Sum;
                break;
            case "none":
                reduction = Reduction.None;
                break;
            case "smoothing":
                smoothing = 0.1;
                break;
            case "probabilities":
                target = softmax(randn(6, 8), -1).to(device);
                break;
            case "images":
                logits = logits.view(2, 8, 3);
                target = target.view(2, 3);
                break;
        }

        if (kind == "outside")
        {
            Compare();
        }
        else
        {
            using var region = Autocast.Enter(device, Dtype.BFloat16);
            Compare();
        }

        void Compare()
        {
            var expected = Original(logits, target, weight, -100, reduction, smoothing);
            var actual = FusedCrossEntropy.cross_entropy(logits, target, weight, -100, reduction, smoothing);
            Assert.True(MasterWeights.Bits.Equal(expected, actual));
        }
    }
}
