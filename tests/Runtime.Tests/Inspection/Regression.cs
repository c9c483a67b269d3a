using Precision.Inspection;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Inspection;

/// <summary>Learns a number from a few others.</summary>
/// <remarks>The norm makes the size of the inputs of no account in float32; the shift takes a constant off them, in the product.</remarks>
[MixedPrecision(Dtype.BFloat16)]
internal sealed partial class Regressor : Module<Tensor, Tensor>
{
    public const int Inputs = 4;

    private const int Width = 32;

    private readonly Linear shift = Linear(Inputs, Inputs);
    private readonly Linear hidden = Linear(Inputs, Width);
    private readonly LayerNorm? norm;
    private readonly Linear output = Linear(Width, 1);

    public Regressor(double offset, bool isNormalised)
        : base(nameof(Regressor))
    {
        using (no_grad())
        {
            init.eye_(shift.weight);
            init.constant_(shift.bias!, -offset);
        }

        shift.weight.requires_grad_(false);
        shift.bias!.requires_grad_(false);

        norm = isNormalised ? LayerNorm(Width) : null;
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x)
    {
        var h = hidden.call(shift.call(x));
        return output.call(norm is null ? h.relu() : norm.call(h.to(ScalarType.Float32)).relu()).squeeze(1);
    }
}

/// <summary>A regression whose inputs are easy or hard to hold in 16 bits, with noise in the targets that no format can learn.</summary>
internal sealed class Regression : IComparedTraining
{
    private const int Batch = 64;
    private const double Noise = 0.4;

    private readonly Regressor model;
    private readonly Task task;
    private readonly int seed;

    public Regression(Task task, PrecisionPolicy policy, int seed)
    {
        (this.task, this.seed) = (task, seed);
        model = new Regressor(task.Offset, task.Scale > 1) { PrecisionPolicy = policy };
        Training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named, lr: 1e-2));
    }

    public MixedPrecisionTraining Training { get; }

    /// <summary>Comparisons that tests make.</summary>
    public static ComparisonSettings Settings { get; } = new()
    {
        Task = "regression",
        Device = CPU,
        Steps = 60,
        SamplesPerStep = Batch,
        Seeds = [1, 2],
    };

    public Tensor Step(int step)
    {
        var (x, y) = Data(Batch, (1000 * seed) + step);
        var loss = functional.mse_loss(model.call(x), y);
        Training.Backward(loss);
        Training.Step();
        return loss;
    }

    public double Validate()
    {
        using var _ = no_grad();
        var (x, y) = Data(1024, seed: -1);
        return functional.mse_loss(model.call(x), y).item<float>();
    }

    public void Dispose()
    {
        Training.Dispose();
        model.Dispose();
    }

    private (Tensor X, Tensor Y) Data(int count, int seed)
    {
        using var generator = new Generator((ulong)(uint)seed);
        var signal = rand(count, Regressor.Inputs, generator: generator);
        var y = (2 * signal.sum(1)) - Regressor.Inputs + (Noise * randn(count, generator: generator));
        return ((signal * task.Scale) + task.Offset, y);
    }

    /// <param name="Scale">Of the inputs.</param>
    /// <param name="Offset">Of the inputs, large beside their differences.</param>
    public sealed record Task(double Scale, double Offset)
    {
        public static Task Easy { get; } = new(1, 0);

        /// <summary>Inputs beyond Float16's largest number.</summary>
        public static Task Overflowing { get; } = new(1e6, 0);

        /// <summary>Near 40 BFloat16's numbers are 0.25 apart, Float16's 0.03.</summary>
        public static Task NeedingMantissa { get; } = new(1, 40);
    }
}
