using Precision.Distributed.Worker.Models;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Distributed.Worker.Scenarios;

/// <summary>
/// Trainings of a small GPT over the ranks; alone with the joint batch of as many ranks as <c>PRECISION_JOINT</c> says. Every rank makes
/// the same random numbers and takes its part of them.
/// </summary>
internal static class Trainings
{
    private const int Steps = 50;
    private const int BatchPerRank = 4;
    private const string CheckpointName = "training.ckpt";

    private static int Joint => int.Parse(Environment.GetEnvironmentVariable("PRECISION_JOINT") ?? "0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Plain and sharded, with and without clipping, with micro-batches, in float32 and with 16-bit parameters.</summary>
    public static void Run(WorkerContext context)
    {
        Train(context, "plain", Dtype.Float32, sharded: false);
        Train(context, "sharded", Dtype.Float32, sharded: true);
        Train(context, "clipped", Dtype.Float32, sharded: false, clip: 0.5);
        Train(context, "sharded, clipped", Dtype.Float32, sharded: true, clip: 0.5);
        Train(context, "micro-batches", Dtype.Float32, sharded: false, microBatches: 2);
        Train(context, "sharded, micro-batches", Dtype.Float32, sharded: true, microBatches: 2);
        Train(context, "not overlapped", Dtype.Float32, sharded: false, overlap: false);
        Train(context, "sharded, not overlapped", Dtype.Float32, sharded: true, overlap: false);
        Train(context, "Adam", Dtype.Float32, sharded: false, isAdam: true);
        Train(context, "sharded, Adam", Dtype.Float32, sharded: true, isAdam: true);
        Train(context, "bfloat16", Dtype.BFloat16, sharded: false);
        Train(context, "sharded, bfloat16", Dtype.BFloat16, sharded: true);
    }

    /// <summary>An infinity in the loss of the last rank, in each 16-bit dtype.</summary>
    public static void Infinity(WorkerContext context)
    {
        foreach (var dtype in new[] { Dtype.Float16, Dtype.BFloat16 })
        {
            foreach (var sharded in new[] { false, true })
            {
                using var scope = NewDisposeScope();
                using var model = Model(dtype);
                using var training = Create(context.Group, model, sharded);
                Step(context, training, model, step: 0);
                var before = Weights(model);
                using var factor = tensor(context.Group.Rank == context.Group.WorldSize - 1 ? float.PositiveInfinity : 1f).to(context.Group.Device);
                training.Backward(Loss(context, model, step: 1) * factor);
                var outcome = training.Step().Outcome;
                context.Write($"{dtype} {sharded}", new
                {
                    Outcome = outcome.ToString(),
                    IsKept = before.SequenceEqual(Weights(model)),
                    Scale = training.Scaler.get_scale(),
                    training.SkippedSteps,
                });
            }
        }
    }

    /// <summary>The backward of the last rank throws after a first collective was called in it.</summary>
    public static void FailInBackward(WorkerContext context)
    {
        using var scope = NewDisposeScope();
        using var model = new Broken(context.Group.Rank == context.Group.WorldSize - 1);
        using var training = MixedPrecisionTraining.Create(
            model, named => new FusedSGD(named, lr: 1), new() { Parallelism = new DataParallel(context.Group) });
        try
        {
            training.Backward(model.call(ones(1, Broken.Width)).mean());
        }
        catch (Exception error)
        {
            context.Write("error", $"{error.GetType().Name}: {error.Message}");
            throw;
        }
    }

    /// <summary>The last rank has one micro-batch more in the second step, and the gradients are averaged in backwards.</summary>
    public static void MoreBackwards(WorkerContext context, bool sharded)
    {
        using var scope = NewDisposeScope();
        using var model = Model(Dtype.Float32);
        using var training = Create(context.Group, model, sharded);
        Step(context, training, model, step: 0);
        try
        {
            var isLast = context.Group.Rank == context.Group.WorldSize - 1;
            Step(context, training, model, step: 1, microBatches: isLast ? 2 : 1);
            Step(context, training, model, step: 2);
            context.Write("error", "nothing");
        }
        catch (ProcessGroupException error)
        {
            context.Write("error", $"{error.GetType().Name}: {error.Message}");
            throw;
        }
    }

    /// <summary>Goes on from the checkpoint in the folder, if there is one; makes two steps and saves.</summary>
    public static void Resume(WorkerContext context)
    {
        using var scope = NewDisposeScope();
        using var model = Model(Dtype.BFloat16);
        using var training = Create(context.Group, model, sharded: true);
        var path = Environment.GetEnvironmentVariable("PRECISION_CHECKPOINT") ?? Path.Combine(context.Folder, CheckpointName);
        if (File.Exists(path))
        {
            training.Load(path);
        }

        context.Write("loaded steps", training.Steps);
        context.Write("loaded weights", Weights(model));
        WriteMasters(context, training, "loaded masters");
        Step(context, training, model, step: 2);
        Step(context, training, model, step: 3);
        training.Save(path);
        context.Write("saved weights", Weights(model));
        WriteMasters(context, training, "saved masters");
    }

    /// <summary>Saves again and again, until a rank is killed.</summary>
    public static void SaveForever(WorkerContext context)
    {
        using var scope = NewDisposeScope();
        using var model = Model(Dtype.BFloat16);
        using var training = Create(context.Group, model, sharded: true);
        var path = Path.Combine(context.Folder, CheckpointName);
        context.Write("process", Environment.ProcessId);
        while (true)
        {
            using var inner = NewDisposeScope();
            Step(context, training, model, step: (int)(training.Steps % Steps));
            training.Save(path);
            context.Write("saved", training.Steps);
        }
    }

    private static void Train(
        WorkerContext context, string name, Dtype dtype, bool sharded, double? clip = null, int microBatches = 1, bool isAdam = false,
        bool overlap = true)
    {
        using var scope = NewDisposeScope();
        using var model = Model(dtype);
        using var training = Create(context.Group, model, sharded, isAdam, overlap);
        var losses = new List<double>();
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            losses.Add(Step(context, training, model, step, clip, microBatches));
        }

        context.Write(name, Weights(model));
        context.Write($"{name}, losses", losses);
        context.Write($"{name}, elements of masters", training.MasterWeights.Parameters.Sum(static master => master.numel()));
    }

    private static double Step(
        WorkerContext context, MixedPrecisionTraining training, Gpt model, int step, double? clip = null, int microBatches = 1)
    {
        using var share = tensor(1f / microBatches).to(context.Group.Device);
        double sum = 0;
        for (var part = 0; part < microBatches; part++)
        {
            var loss = Loss(context, model, step, part, microBatches) * share;
            sum += loss.item<float>();
            training.Backward(loss);
        }

        training.Step(clip);
        return sum;
    }

    private static Tensor Loss(WorkerContext context, Gpt model, int step, int part = 0, int parts = 1)
    {
        var ranks = Math.Max(Joint, context.Group.WorldSize);
        using var generator = new Generator((ulong)step, CPU);
        var all = randint(0, Gpt.Vocabulary, [ranks, BatchPerRank, Gpt.Context + 1], ScalarType.Int64, generator: generator);
        var mine = Joint > 0 ? all : all.narrow(0, context.Group.Rank, 1);
        var tokens = mine.narrow(1, part * BatchPerRank / parts, BatchPerRank / parts).reshape(-1, Gpt.Context + 1).to(context.Group.Device);
        var logits = model.call(tokens.narrow(1, 0, Gpt.Context));
        return functional.cross_entropy(logits.to(ScalarType.Float32).reshape(-1, Gpt.Vocabulary), tokens.narrow(1, 1, Gpt.Context).reshape(-1));
    }

    private static Gpt Model(Dtype dtype)
    {
        manual_seed(7);
        return new Gpt { PrecisionPolicy = new PrecisionPolicy(dtype, dtype) };
    }

    private static MixedPrecisionTraining Create(ProcessGroup group, Gpt model, bool sharded, bool isAdam = true, bool overlap = true)
    {
        model.to(group.Device);
        return MixedPrecisionTraining.Create(
            model,
            named => isAdam ? new FusedAdamW(named, lr: 1e-3f) : new FusedSGD(named, lr: 0.05, momentum: 0.9),
            new()
            {
                Scaler = model.PrecisionPolicy.Compute is Dtype.Float16 ? new GradScaler(256) : null,
                Parallelism = new DataParallel(group) { ShardOptimizer = sharded, OverlapCommunication = overlap },
            });
    }

    private static double[] Weights(Gpt model)
        => [.. model.parameters().SelectMany(static parameter => parameter.to(ScalarType.Float64).cpu().flatten().data<double>().ToArray())];

    private static void WriteMasters(WorkerContext context, MixedPrecisionTraining training, string name)
        => context.Write(name, training.MasterWeights.named_parameters().ToDictionary(
            static entry => entry.name, static entry => entry.parameter.to(ScalarType.Float64).cpu().flatten().data<double>().ToArray()));
}
