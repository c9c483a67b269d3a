using Precision.Distributed;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision.Runtime.Tests.Distributed;

/// <summary>A training over several ranks beside the same training in one process, with the joint batch.</summary>
public sealed class DataParallelTests
{
    private const int Steps = 6;
    private const int Features = 6;
    private const int BatchPerRank = 4;

    public static TheoryData<int, Dtype, Dtype, bool, bool> Modes
    {
        get
        {
            var data = new TheoryData<int, Dtype, Dtype, bool, bool>();
            foreach (var ranks in new[] { 2, 3 })
            {
                foreach (var (compute, parameters) in new[]
                {
                    (Dtype.Float32, Dtype.Float32), (Dtype.BFloat16, Dtype.Float32), (Dtype.BFloat16, Dtype.BFloat16), (Dtype.Float16, Dtype.Float16),
                })
                {
                    foreach (var sharded in new[] { false, true })
                    {
                        data.Add(ranks, compute, parameters, sharded, true);
                        data.Add(ranks, compute, parameters, sharded, false);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Several_ranks_train_as_one_process_with_the_joint_batch(int ranks, Dtype compute, Dtype parameters, bool sharded, bool fused)
    {
        var data = new Samples(ranks);
        var alone = InProcessRanks.Run(1, (group, _) => Train(group, compute, parameters, sharded, fused, (step, rank) => data.Joint(step)))[0];
        var together = InProcessRanks.Run(
            ranks, (group, _) => Train(group, compute, parameters, sharded, fused, (step, rank) => data.Part(step, rank)), isHostSide: true);

        // 16-bit forwards of other batch sizes may round the last bit in another way.
        var tolerance = compute is Dtype.Float32 ? 2e-6 : parameters is Dtype.Float32 ? 2e-3 : 8e-3;
        foreach (var rank in together)
        {
            Assert.Equal(together[0].Weights, rank.Weights); // bit for bit
            Assert.Equal(together[0].Scale, rank.Scale);
            Assert.All(alone.Weights.Zip(rank.Weights), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        }
    }

    [Theory]
    [InlineData(Dtype.Float32, Dtype.Float32)]
    [InlineData(Dtype.BFloat16, Dtype.BFloat16)]
    [InlineData(Dtype.Float16, Dtype.Float16)]
    public void Sharded_is_unsharded_bit_for_bit_on_two_ranks(Dtype compute, Dtype parameters)
    {
        var data = new Samples(2);
        var results = new[] { false, true }.Select(sharded => InProcessRanks.Run(
            2, (group, _) => Train(group, compute, parameters, sharded, fused: true, (step, rank) => data.Part(step, rank), clip: null))[0]).ToList();
        Assert.Equal(results[0].Weights, results[1].Weights);
        Assert.True(results[1].MasterCount < results[0].MasterCount);
    }

    [Theory]
    [InlineData(false, Dtype.BFloat16, Dtype.BFloat16)]
    [InlineData(true, Dtype.BFloat16, Dtype.BFloat16)]
    [InlineData(false, Dtype.Float16, Dtype.Float16)]
    [InlineData(true, Dtype.Float16, Dtype.Float16)]
    [InlineData(false, Dtype.BFloat16, Dtype.Float32)]
    [InlineData(true, Dtype.BFloat16, Dtype.Float32)]
    public void An_infinity_on_one_rank_skips_the_step_on_all(bool sharded, Dtype compute, Dtype parameters)
    {
        var results = InProcessRanks.Run(3, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var model = Net.Create(compute, parameters);
            using var training = Create(group, model, sharded, fused: true);
            Backward(training, model, ones(BatchPerRank, Features));
            training.Step();
            var before = model.Values();
            Backward(training, model, group.Rank == 1 ? full([BatchPerRank, Features], float.PositiveInfinity) : ones(BatchPerRank, Features));
            var outcome = training.Step(maxGradNorm: 1).Outcome;
            return (outcome, Kept: before.SequenceEqual(model.Values()), Scale: training.Scaler.get_scale());
        });
        Assert.All(results, result => Assert.Equal((StepOutcome.NonFiniteGradient, true, results[0].Scale), result));
    }

    [Theory]
    [InlineData(false, Dtype.Float32)]
    [InlineData(true, Dtype.Float32)]
    [InlineData(false, Dtype.BFloat16)]
    [InlineData(true, Dtype.BFloat16)]
    public void A_parameter_that_one_rank_does_not_use_gets_the_average_and_one_that_none_uses_stays(bool sharded, Dtype parameters)
    {
        var results = InProcessRanks.Run(2, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var model = new Branches { PrecisionPolicy = new PrecisionPolicy(parameters, parameters, Autocast: false) };
            using var training = MixedPrecisionTraining.Create(
                model, named => new FusedSGD(named, lr: 1, weight_decay: 0.5), new() { Parallelism = new DataParallel(group) { ShardOptimizer = sharded } });
            for (var step = 0; step < 2; step++)
            {
                training.Backward(model.call(ones(1, 1, dtype: parameters.ToScalarType()), group.Rank).to(ScalarType.Float32).sum());
                training.Step();
            }

            return model.Values();
        });

        // Each branch starts at 1, has the gradient 1 on one rank and 0 on the other, and decays by half of itself.
        Assert.Equal(new[] { 1 - 0.5f - 0.5f - 0.5f, 1 - 0.5f - 0.5f - 0.5f, 1f }, results[0]);
        Assert.Equal(results[0], results[1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_on_one_rank_without_any_gradient_takes_part(bool sharded)
    {
        var results = InProcessRanks.Run(2, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var model = new Branches();
            using var training = MixedPrecisionTraining.Create(
                model,
                named => new FusedSGD(named, lr: 1),
                new() { Parallelism = new DataParallel(group) { ShardOptimizer = sharded, OverlapCommunication = false } });
            training.Backward(model.call(ones(1, 1), group.Rank).sum());
            if (group.Rank == 1)
            {
                model.zero_grad();
                foreach (var parameter in model.parameters())
                {
                    parameter.grad = null;
                }
            }

            return group.Rank == 1 && training.Gradients().Count > 0 ? [] : Step(training, model);
        });
        Assert.Equal(new[] { 0.5f, 1f, 1f }, results[0]);
        Assert.Equal(results[0], results[1]);

        static float[] Step(MixedPrecisionTraining training, Branches model)
        {
            training.Step();
            return model.Values();
        }
    }

    [Theory]
    [InlineData(Dtype.Unspecified, ScalarType.BFloat16)]
    [InlineData(Dtype.BFloat16, ScalarType.BFloat16)]
    [InlineData(Dtype.Float32, ScalarType.Float32)]
    public void Gradients_are_exchanged_in_the_dtype_that_was_asked_for_also_where_some_ranks_have_float32_ones(Dtype asked, ScalarType expected)
    {
        var calls = new List<(string Name, ScalarType Dtype, long Count)>();
        var results = InProcessRanks.Run(2, (group, ranks) =>
        {
            using var scope = NewDisposeScope();
            using var model = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
            using var training = Create(group, model, sharded: false, fused: true, asked, overlap: false);
            for (var step = 0; step < 4; step++)
            {
                Backward(training, model, ones(BatchPerRank, Features) * (step + group.Rank));
                if (group.Rank == 0 && step % 2 == 1)
                {
                    training.Gradients(); // now float32 on this rank only
                }

                group.Barrier();
                ranks.Calls.Clear();
                group.Barrier();
                training.Step();
                if (group.IsFirst)
                {
                    calls.AddRange(ranks.Calls);
                }
            }

            return model.Values();
        });
        // The normalisation's parameters are float32 in a region.
        var perStep = new[] { ("AllReduce", expected), ("AllReduce", ScalarType.Float32) }.Distinct().Order();
        Assert.Equal(Enumerable.Repeat(perStep, 4).SelectMany(static step => step), calls.Select(static call => (call.Name, call.Dtype)));
        Assert.Equal(results[0], results[1]);
    }

    [Fact]
    public void The_number_of_collectives_does_not_depend_on_the_number_of_parameters()
    {
        Assert.Equal(CallsOf(layers: 2), CallsOf(layers: 20));

        static string CallsOf(int layers) => InProcessRanks.Run(2, (group, ranks) =>
        {
            using var scope = NewDisposeScope();
            using var model = Sequential(Enumerable.Range(0, layers).Select(i => ($"{i}", (Module<Tensor, Tensor>)Linear(2, 2))));
            using var training = MixedPrecisionTraining.Create(
                model, named => new FusedAdamW(named), new() { Parallelism = new DataParallel(group) { ShardOptimizer = true } });
            group.Barrier();
            ranks.Calls.Clear();
            group.Barrier();
            training.Backward(model.call(ones(1, 2)).sum());
            training.Step(maxGradNorm: 1);
            group.Barrier();
            return string.Join(", ", ranks.Calls.Select(static call => (call.Name, call.Dtype)));
        })[0];
    }

    [Fact]
    public void Float16_sums_do_not_overflow_and_small_gradients_do_not_vanish()
    {
        var results = InProcessRanks.Run(4, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var model = new Branches { PrecisionPolicy = new PrecisionPolicy(Dtype.Float16, Dtype.Float16, Autocast: false) };
            using var training = MixedPrecisionTraining.Create(
                model,
                named => new FusedSGD(named, lr: 1),
                new() { Scaler = new GradScaler(1024), Parallelism = new DataParallel(group) { ReduceDtype = Dtype.Float16 } });
            var factor = tensor(group.Rank == 0 ? 40f : 40f);
            training.Backward(model.call(ones(1, 1, dtype: ScalarType.Float16), 0).to(ScalarType.Float32).sum() * factor);
            var large = training.Step();
            Assert.Equal(StepOutcome.Applied, large.Outcome);
            var small = tensor(1e-6f);
            training.Backward(model.call(ones(1, 1, dtype: ScalarType.Float16), 1).to(ScalarType.Float32).sum() * small);
            training.Step();
            return training.MasterWeights.state_dict().Values.Select(static master => master.item<float>()).ToArray();
        });
        Assert.All(results, result =>
        {
            Assert.Equal(1 - 40f, result[0]);
            Assert.Equal(1e-6, 1 - result[1], 1e-7);
        });
    }

    [Fact]
    public void Models_that_differ_are_named_on_every_rank()
    {
        var results = InProcessRanks.Run(3, (group, _) =>
        {
            using var model = Sequential(("first", Linear(2, 2)), ("second", Linear(2, group.Rank == 1 ? 3 : 2)));
            return Assert.Throws<InvalidOperationException>(
                () => MixedPrecisionTraining.Create(model, named => new FusedSGD(named, lr: 1), new() { Parallelism = new DataParallel(group) })).Message;
        });
        Assert.Contains("'second.weight': Float32[3, 2] where that of rank 0 has 'second.weight': Float32[2, 2]", results[1], StringComparison.Ordinal);
        Assert.StartsWith("Rank 1 cannot take part", results[0], StringComparison.Ordinal);
        Assert.StartsWith("Rank 1 cannot take part", results[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rank_starts_with_the_weights_and_buffers_of_the_first()
    {
        var results = InProcessRanks.Run(2, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var model = Sequential(("linear", Linear(2, 2)), ("norm", BatchNorm1d(2)));
            model.state_dict()["norm.running_mean"].add_(tensor((float)group.Rank));
            using var training = MixedPrecisionTraining.Create(model, named => new FusedSGD(named, lr: 1), new() { Parallelism = new DataParallel(group) });
            return model.state_dict().Values.SelectMany(static value => value.to(ScalarType.Float64).flatten().data<double>().ToArray()).ToArray();
        });
        Assert.Equal(results[0], results[1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sparse_and_complex_gradients_are_averaged(bool fused)
    {
        var results = InProcessRanks.Run(2, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var model = new Oddities();
            using var training = MixedPrecisionTraining.Create(
                model,
                named => fused ? new FusedSGD(named.Where(static n => n.name == "words.weight"), lr: 1) : optim.SGD(named.Select(static n => n.parameter), 1),
                new() { Parallelism = new DataParallel(group) });
            training.Backward(model.call(tensor(new long[] { group.Rank, 2 })).sum());
            training.Step();
            return model.Values();
        }, isHostSide: true);
        Assert.Equal(results[0], results[1]);
        Assert.Equal([-0.5f, -0.5f, -1f], results[0].Take(3));
        Assert.Equal(fused ? [0f, 0f] : [-2f, 0f], results[0].Skip(3));
    }

    [Fact]
    public void Nothing_is_left_behind_by_steps_of_a_sharded_training()
    {
        var counts = InProcessRanks.Run(2, (group, _) =>
        {
            using var model = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
            using var training = Create(group, model, sharded: true, fused: true);
            var after = new List<long>();
            for (var step = 0; step < 6; step++)
            {
                using (NewDisposeScope())
                {
                    Backward(training, model, ones(BatchPerRank, Features));
                    training.Step(maxGradNorm: 1);
                }

                after.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }

            return after;
        });
        Assert.All(counts, after => Assert.Equal(after[2], after[5]));
    }

    private static Outcome Train(
        ProcessGroup group, Dtype compute, Dtype parameters, bool sharded, bool fused, Func<int, int, Tensor> batch, double? clip = 0.05)
    {
        using var scope = NewDisposeScope();
        using var model = Net.Create(compute, parameters);
        using var training = Create(group, model, sharded, fused);
        for (var step = 0; step < Steps; step++)
        {
            // Two micro-batches, whose mean is that of the batch.
            foreach (var part in batch(step, group.Rank).chunk(2))
            {
                var half = tensor(0.5f);
                training.Backward(model.call(part).to(ScalarType.Float32).square().mean() * half);
            }

            Assert.Equal(StepOutcome.Applied, training.Step(clip).Outcome);
        }

        return new Outcome(model.Values(), (float)training.Scaler.get_scale(), training.MasterWeights.Parameters.Sum(static master => master.numel()));
    }

    private static void Backward(MixedPrecisionTraining training, Net model, Tensor x) => training.Backward(model.call(x).to(ScalarType.Float32).square().mean());

    private static MixedPrecisionTraining Create(ProcessGroup group, Net model, bool sharded, bool fused, Dtype reduceDtype = Dtype.Unspecified, bool overlap = true)
        => MixedPrecisionTraining.Create(
            model,
            named => Optimizer(named, fused, isExact: model.PrecisionPolicy.Compute is Dtype.Float32),
            new()
            {
                Scaler = Scaler(model),
                Parallelism = new DataParallel(group) { ShardOptimizer = sharded, ReduceDtype = reduceDtype, OverlapCommunication = overlap },
            });

    private static GradScaler Scaler(Net model) => new(1024, enabled: model.PrecisionPolicy.Compute is Dtype.Float16);

    // Adam's first steps depend on the sign of a gradient, which in 16-bit may differ where it is nearly 0.
    private static Optimizer Optimizer(IReadOnlyList<(string name, Parameter parameter)> named, bool fused, bool isExact)
        => fused && isExact ? new FusedAdamW(named, lr: 1e-2f) : fused ? new FusedSGD(named, lr: 1e-1, momentum: 0.9) : optim.SGD(named.Select(static n => n.parameter), 1e-1, momentum: 0.9);

    private sealed record Outcome(float[] Weights, float Scale, long MasterCount);

    /// <summary>Random batches, and their parts for each rank.</summary>
    private sealed class Samples(int ranks)
    {
        private readonly List<Tensor> batches = [.. Enumerable.Range(0, Steps).Select(_ => randn(ranks * BatchPerRank, Features).DetachFromDisposeScope())];

        /// <summary>All parts, those of the first micro-batch before those of the second.</summary>
        public Tensor Joint(int step) => cat([.. Halves(0).Concat(Halves(1)).Select(half => half(step))]);

        public Tensor Part(int step, int rank) => batches[step].narrow(0, rank * BatchPerRank, BatchPerRank);

        private IEnumerable<Func<int, Tensor>> Halves(int half)
            => Enumerable.Range(0, ranks).Select<int, Func<int, Tensor>>(rank => step => Part(step, rank).chunk(2)[half]);
    }
}
