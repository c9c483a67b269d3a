using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Optim;

/// <summary>The kernel that steps from a model's 16-bit gradients, against libtorch's own on float32 copies of them.</summary>
[Collection(SerialTests.Name)]
public sealed class AdamKernelTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<ScalarType, bool, bool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<ScalarType, bool, bool, bool>();
            foreach (var dtype in (ScalarType[])[ScalarType.BFloat16, ScalarType.Float16])
            {
                cases.Add(dtype, true, false, false);
                cases.Add(dtype, false, false, true);
                cases.Add(dtype, true, true, true);
                cases.Add(dtype, false, true, false);
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void It_equals_the_float32_step_and_rounds_into_the_model(ScalarType dtype, bool decoupled, bool amsgrad, bool maximize)
    {
        var cuda = Infrastructure.Cuda.Require();
        var options = new AdamStep(3e-3, 0.9, 0.9999, 0.1, 1e-8, amsgrad, maximize);
        var divisor = tensor(4f, device: cuda);
        long[][] shapes = [[], [1], [7], [8], [33, 65], [0], [16384], [2, 16384 + 5], [129, 1000]];
        var kernel = shapes.Select(shape => new Weights(shape, dtype, cuda)).ToList();

        // Views that begin at no multiple of 16 bytes.
        kernel.Add(new Weights([37], dtype, cuda, offset: 3));
        var expected = kernel.Select(static weights => weights.Clone()).ToList();
        for (var step = 1; step <= 3; step++)
        {
            var gradients = kernel.Select(weights => randn_like(weights.Model)).ToList();
            kernel.ForEach(static weights => weights.Count.add_(1));
            expected.ForEach(static weights => weights.Count.add_(1));
            Launch(kernel, gradients, decoupled, options, divisor, foundInf: null);
            FusedOperators.Adam_(
                decoupled,
                [.. expected.Select(static weights => weights.Master)],
                [.. gradients.Select(static gradient => gradient.to(float32))],
                [.. expected.Select(static weights => weights.Mean)],
                [.. expected.Select(static weights => weights.Square)],
                amsgrad ? [.. expected.Select(static weights => weights.Largest)] : [],
                [.. expected.Select(static weights => weights.Count)],
                options,
                divisor,
                foundInf: null);
        }

        for (var i = 0; i < kernel.Count; i++)
        {
            Close(expected[i].Master, kernel[i].Master, 1e-5);
            Close(expected[i].Mean, kernel[i].Mean, 1e-6);
            Close(expected[i].Square, kernel[i].Square, 1e-6);
            Close(expected[i].Largest, kernel[i].Largest, 1e-6);
            Assert.True(MasterWeights.Bits.Equal(kernel[i].Master.to(dtype), kernel[i].Model), $"weights {i}");
        }

        static void Close(Tensor expected, Tensor actual, double tolerance)
            => Assert.True(actual.allclose(expected, rtol: tolerance, atol: tolerance), $"off by {(actual - expected).norm().item<float>()}");
    }

    [SkippableTheory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Where_the_step_is_skipped_nothing_changes(ScalarType dtype)
    {
        var cuda = Infrastructure.Cuda.Require();
        var weights = new Weights([1000], dtype, cuda);
        var before = weights.Clone();
        weights.Count.add_(1);
        Launch([weights], [full_like(weights.Model, double.NaN)], true, new(0.1, 0.9, 0.999, 0.1, 1e-8, false, false), null, ones([], device: cuda));
        Assert.All(before.All.Zip(weights.All), pair => Assert.True(MasterWeights.Bits.Equal(pair.First, pair.Second)));
    }

    [SkippableFact]
    public void Another_layout_or_dtype_is_refused()
    {
        var cuda = Infrastructure.Cuda.Require();
        var weights = new Weights([4, 6], ScalarType.BFloat16, cuda);
        var kernel = new AdamKernel(true, new(0.1, 0.9, 0.999, 0.1, 1e-8, false, false), null, null);
        foreach (var gradient in (Tensor[])[rand(4, 6, device: cuda), rand(6, 4, dtype: bfloat16, device: cuda).t(), rand(24, dtype: bfloat16, device: cuda)])
        {
            var error = Assert.Throws<ArgumentException>(
                () => kernel.Add(weights.Model, gradient, weights.Master, weights.Mean, weights.Square, null, weights.Count));
            Assert.Contains("'gradient'", error.Message);
        }
    }

    [SkippableFact]
    public void A_divisor_of_another_dtype_is_refused()
    {
        var cuda = Infrastructure.Cuda.Require();
        var weights = new Weights([4], ScalarType.BFloat16, cuda);
        var error = Assert.Throws<ArgumentException>(() => Launch(
            [weights], [rand(4, dtype: bfloat16, device: cuda)], true, new(0.1, 0.9, 0.999, 0.1, 1e-8, false, false),
            tensor(2.0, dtype: float64, device: cuda), null));
        Assert.Contains("divisor", error.Message);
    }

    private static void Launch(
        IReadOnlyList<Weights> all, IReadOnlyList<Tensor> gradients, bool decoupled, AdamStep options, Tensor? divisor, Tensor? foundInf)
    {
        var kernel = new AdamKernel(decoupled, options, divisor, foundInf);
        foreach (var (weights, gradient) in all.Zip(gradients))
        {
            kernel.Add(
                weights.Model, gradient, weights.Master, weights.Mean, weights.Square, options.AmsGrad ? weights.Largest : null, weights.Count);
        }

        kernel.Launch();
    }

    /// <summary>A parameter with its master and its states, on <paramref name="device"/>.</summary>
    private sealed class Weights(long[] shape, ScalarType dtype, Device device, int offset = 0)
    {
        public Tensor Model { get; private init; } = New(shape, device, offset, dtype);

        public Tensor Master { get; private init; } = New(shape, device, offset);

        public Tensor Mean { get; private init; } = New(shape, device, offset).mul_(0.1);

        public Tensor Square { get; private init; } = New(shape, device, offset).abs_();

        public Tensor Largest { get; private init; } = New(shape, device, offset).abs_();

        public Tensor Count { get; private init; } = zeros([], device: device);

        public Tensor[] All => [Model, Master, Mean, Square, Largest];

        public Weights Clone() => new([1], dtype, device)
        {
            Model = Model.clone(),
            Master = Master.clone(),
            Mean = Mean.clone(),
            Square = Square.clone(),
            Largest = Largest.clone(),
        };

        private static Tensor New(long[] shape, Device device, int offset, ScalarType dtype = ScalarType.Float32)
        {
            var count = shape.Aggregate(1L, static (product, size) => product * size);
            return randn(count + offset, dtype: dtype, device: device).narrow(0, offset, count).view(shape);
        }
    }
}
