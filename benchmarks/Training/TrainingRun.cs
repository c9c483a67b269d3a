using System.Diagnostics;
using Precision.Distributed;
using Precision.Inspection;
using Precision.Optim;
using Precision.Training.Benchmarks.Data;
using Precision.Training.Benchmarks.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Training.Benchmarks;

/// <summary>Trains one mode and measures it, step for step as pytorch_baseline.py does.</summary>
internal sealed class TrainingRun(
    ModelSize size, OptimizerSettings settings, string folder, Device device, ProcessGroup? group, bool isSharded,
    bool isOverlapped)
{
    /// <param name="mode">What to train.</param>
    /// <param name="warmup">Steps before the clock starts.</param>
    /// <param name="steps">Steps of a timed round.</param>
    /// <param name="rounds">Timed rounds; the median counts.</param>
    public Result Measure(TrainingMode mode, int warmup, int steps, int rounds)
    {
        using var outer = NewDisposeScope();
        using nn.Module<Tensor, Tensor, Tensor> model = mode.IsFused
            ? new FusedGpt2(size) { PrecisionPolicy = mode.Policy }
            : new Gpt2(size) { PrecisionPolicy = mode.Policy };
        WeightFile.Load(Path.Combine(folder, "weights.safetensors"), model);
        model.to(device);
        using var training = MixedPrecisionTraining.Create(model, AdamW, new() { Scaler = Scaler(mode), Parallelism = Parallelism() });
        using var windows = new TokenWindows(Path.Combine(folder, "tokens.bin"), size, device);
        var losses = new List<Tensor>();
        for (var i = 0; i < warmup; i++)
        {
            Step(model, training, windows, losses);
        }

        Synchronize();
        if (IsCuda)
        {
            CudaMemory.reset_peak_memory_stats(device);
        }

        var milliseconds = new List<double>();
        var host = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < steps; i++)
            {
                Step(model, training, windows, losses);
            }

            host.Add(clock.Elapsed.TotalMilliseconds / steps);
            Synchronize();
            milliseconds.Add(clock.Elapsed.TotalMilliseconds / steps);
        }

        return new Result(
            Side: "Precision",
            Mode: group is null ? mode.Name : $"{mode.Name}, {Ranks} ranks{(isSharded ? ", sharded" : "")}{(isOverlapped ? "" : ", not overlapped")}",
            Milliseconds: Median(milliseconds),
            Rounds: milliseconds,
            HostMilliseconds: Median(host),
            PeakBytes: IsCuda ? CudaMemory.max_memory_allocated(device) : 0,
            Losses: OverRanks(losses),
            LossScale: training.Scaler.is_enabled() ? training.Scaler.get_scale() : null,
            SkippedSteps: training.SkippedSteps,
            Contract: Observed(model, mode));
    }

    private DataParallel? Parallelism() => group is null ? null : new DataParallel(group)
    {
        ShardOptimizer = isSharded,
        OverlapCommunication = isOverlapped,
    };

    private int Ranks => group?.WorldSize ?? 1;

    private bool IsCuda => device.type is DeviceType.CUDA;

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string Name(ScalarType dtype) => dtype.ToString().ToLowerInvariant();

    private FusedAdamW AdamW(IReadOnlyList<(string name, Parameter parameter)> named)
    {
        var isMatrix = named.ToLookup(static entry => entry.parameter.dim() > 1);
        return new FusedAdamW(
            [
                new FusedAdam.ParamGroup(isMatrix[true], weight_decay: settings.WeightDecay),
                new FusedAdam.ParamGroup(isMatrix[false], weight_decay: 0),
            ],
            settings.LearningRate,
            settings.Beta1,
            settings.Beta2,
            settings.Epsilon);
    }

    private static GradScaler? Scaler(TrainingMode mode)
        => mode.InitialScale is { } scale ? new GradScaler(init_scale: scale, growth_interval: 10) : null;

    private void Step(nn.Module<Tensor, Tensor, Tensor> model, MixedPrecisionTraining training, TokenWindows windows, List<Tensor> losses)
    {
        using var scope = NewDisposeScope();
        foreach (var group in training.Optimizer.ParamGroups)
        {
            group.LearningRate = settings.RateAt(losses.Count);
        }

        var (inputs, targets) = windows[(losses.Count * Ranks) + (group?.Rank ?? 0)];
        training.zero_grad();
        var loss = model.call(inputs, targets);
        training.Backward(loss);
        training.Step();
        losses.Add(loss.detach().MoveToOuterDisposeScope());
    }

    private IReadOnlyList<float> OverRanks(List<Tensor> losses)
    {
        using var all = stack(losses).to(ScalarType.Float32);
        group?.AllReduce(all, ReduceOperation.Average);
        using var onHost = all.cpu();
        return onHost.data<float>().ToArray();
    }

    private void Synchronize()
    {
        if (IsCuda)
        {
            cuda.synchronize(device);
        }

        group?.Barrier();
    }

    private Dictionary<string, object> Observed(nn.Module<Tensor, Tensor, Tensor> model, TrainingMode mode)
    {
        var parameters = model.named_parameters().ToDictionary(static entry => entry.name, static entry => entry.parameter);
        return new()
        {
            ["parameters"] = parameters.Values.Sum(static parameter => parameter.numel()),
            ["matrices"] = Name(parameters["blocks.0.widen.weight"].dtype),
            ["norms"] = Name(parameters["norm.weight"].dtype),
            ["region"] = mode.Policy is { Autocast: true, Compute: not Dtype.Float32 } ? Name(mode.Policy.Compute is Dtype.Float16 ? ScalarType.Float16 : ScalarType.BFloat16) : "none",
            ["logits"] = Name(((ILanguageModel)model).LogitsDtype),
            ["tokens_per_step"] = size.Tokens * Ranks,
            ["learning_rate"] = settings.LearningRate,
            ["warmup_steps"] = settings.WarmupSteps,
            ["beta1"] = settings.Beta1,
            ["beta2"] = settings.Beta2,
            ["epsilon"] = settings.Epsilon,
            ["weight_decay"] = settings.WeightDecay,
        };
    }
}
