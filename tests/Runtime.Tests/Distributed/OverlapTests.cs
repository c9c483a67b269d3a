using Precision.Distributed;
using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Distributed;

/// <summary>Gradients that are averaged while a backward goes on, beside the same averaged in the step.</summary>
public sealed class OverlapTests
{
    private const int Features = 6;
    private const int BatchPerRank = 4;

    public static TheoryData<int, Dtype, Dtype, Dtype, bool, bool> Modes
    {
        get
        {
            var data = new TheoryData<int, Dtype, Dtype, Dtype, bool, bool>();
            foreach (var (compute, parameters, reduce) in new[]
            {
                (Dtype.Float32, Dtype.Float32, Dtype.Unspecified), (Dtype.BFloat16, Dtype.Float32, Dtype.Unspecified),
                (Dtype.BFloat16, Dtype.BFloat16, Dtype.BFloat16), (Dtype.BFloat16, Dtype.BFloat16, Dtype.Float32),
                (Dtype.Float16, Dtype.Float16, Dtype.Float16), (Dtype.Float16, Dtype.Float16, Dtype.Float32),
            })
            {
                foreach (var fused in new[] { false, true })
                {
                    data.Add(2, compute, parameters, reduce, true, fused);
                    data.Add(3, compute, parameters, reduce, false, fused);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void It_gives_the_same_bits(int ranks, Dtype compute, Dtype parameters, Dtype reduce, bool sharded, bool fused)
    {
        var results = new[] { false, true }.Select(overlap => InProcessRanks.Run(ranks, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var model = Net.Create(compute, parameters);
            using var training = MixedPrecisionTraining.Create(
                model,
                named => fused ? new FusedAdamW(named, lr: 1e-2f) : optim.SGD(named.Select(static n => n.parameter), 1e-1, momentum: 0.9),
                new()
                {
                    Scaler = new GradScaler(1024, growth_interval: 2, enabled: compute is Dtype.Float16),
                    Parallelism = new DataParallel(group) { ReduceDtype = reduce, ShardOptimizer = sharded, OverlapCommunication = overlap },
                });
            for (var step = 0; step < 5; step++)
            {
                training.Backward(Loss(model, Batch(step, group.Rank)));
                Assert.Equal(StepOutcome.Applied, training.Step(maxGradNorm: 0.05).Outcome);
            }

            return (Weights: model.Values(), Scale: training.Scaler.get_scale());
        })).ToList();
        Assert.All(results[1], rank =>
        {
            Assert.Equal(results[0][0].Weights, rank.Weights);
            Assert.Equal(results[0][0].Scale, rank.Scale);
        });
    }

    [SkippableFact]
    public void Collectives_begin_in_the_backward_in_the_order_of_the_layers()
    {
        Skip.IfNot(AccumulationHook.IsAvailable);
        var results = InProcessRanks.Run(2, (group, ranks) =>
        {
            using var scope = NewDisposeScope();
            var begun = new List<(int Layer, int Calls)>();
            using var model = new Layers(layer => begun.Add((layer, ranks.Calls.Count)));
            using var training = Create(group, model);
            Clear(group, ranks);
            training.Backward(model.call(Ids(group)).mean());
            var counts = (begun.ToArray(), ranks.Calls.Count);
            training.Step();
            group.Barrier();
            Assert.Equal(counts.Item2, ranks.Calls.Count);   // nothing is left for the step
            return counts;
        });

        // A layer's bucket begins when the next one's weight would not fit: its own, two biases, and the embedding at the last.
        Assert.Equal([(2, 0), (1, 1), (0, 2)], Calls(results[0].Item1).Select(static pair => (pair.Layer, pair.Calls)));
        Assert.Equal(3, results[0].Item2);

        static (int Layer, int Calls)[] Calls((int, int)[] begun) => [.. begun.Select(static pair => (pair.Item1, pair.Item2))];
    }

    [SkippableFact]
    public void Where_no_hook_fires_gradients_are_averaged_when_the_backward_has_returned()
    {
        Skip.IfNot(AccumulationHook.IsAvailable);
        var results = new[] { false, true }.Select(withHooks => InProcessRanks.Run(2, (group, ranks) =>
        {
            using var scope = NewDisposeScope();
            var early = 0;
            using var model = new Layers(_ => early += ranks.Calls.Count);
            using var training = Create(group, model, lr: 1e-3);
            training.Backward(model.call(Ids(group)).square().mean());   // sets the hooks
            training.Step();
            foreach (var parameter in withHooks ? [] : model.parameters())
            {
                AccumulationHook.Remove(parameter);
            }

            Clear(group, ranks);
            early = 0;
            training.Backward(model.call(Ids(group)).square().mean());
            Assert.True(!group.IsFirst || early > 0 == withHooks);   // the calls are those of the first rank
            group.Barrier();
            Assert.Equal(3, ranks.Calls.Count);
            training.Step();
            return model.Values();
        })).ToList();
        Assert.Equal(results[0][0], results[1][0]);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Layers_of_several_buckets_train_the_same_also_with_a_frozen_embedding_and_sharded(bool frozen, bool sharded)
    {
        var results = new[] { false, true }.Select(overlap => InProcessRanks.Run(2, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var model = new Layers();
            if (frozen)
            {
                model.FreezeWords();
            }

            using var training = Create(group, model, overlap, sharded, lr: 1e-3);
            for (var step = 0; step < 2; step++)
            {
                training.Backward(model.call(Ids(group)).square().mean());
                training.Step();
            }

            return model.Values();
        })).ToList();
        Assert.Equal(results[0][0], results[1][0]);
        Assert.Equal(results[0][0], results[1][1]);
    }

    [Theory]
    [InlineData(Dtype.Float32)]
    [InlineData(Dtype.BFloat16)]
    public void Gradients_are_averages_after_the_backward_so_that_what_is_done_to_them_is_the_same_on_all_ranks(Dtype parameters)
    {
        var results = InProcessRanks.Run(2, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var model = Net.Create(parameters, parameters);
            using var training = Create(group, model);
            training.Backward(Loss(model, Batch(0, group.Rank)));
            var seen = Numbers(training.Gradients());
            foreach (var (_, gradient) in training.Gradients())
            {
                using var noGrad = no_grad();
                gradient.clamp_(-0.01, 0.01);
            }

            training.Step();
            training.Backward(Loss(model, Batch(1, group.Rank)));
            model.zero_grad();   // dropped on all
            training.Backward(Loss(model, Batch(2, group.Rank)));
            training.Step();
            return (seen, model.Values());
        });
        Assert.Equal(results[0].seen, results[1].seen);
        Assert.Equal(results[0].Item2, results[1].Item2);
    }

    [Theory]
    [InlineData(Dtype.Float32, Dtype.Float32, 2e-6)]
    [InlineData(Dtype.Float16, Dtype.Float16, 2.0 / 1024)]   // two last places of a weight: a first average is rounded once more
    [InlineData(Dtype.BFloat16, Dtype.BFloat16, 2.0 / 128)]
    public void The_last_of_several_micro_batches_averages_their_sum_and_a_step_what_comes_in_another_number(
        Dtype compute, Dtype parameters, double tolerance)
    {
        var counts = new[] { 3, 3, 1, 2, 2 };
        var results = new[] { false, true }.Select(overlap => InProcessRanks.Run(3, (group, ranks) =>
        {
            using var scope = NewDisposeScope();
            using var model = Net.Create(compute, parameters);
            using var training = MixedPrecisionTraining.Create(
                model,
                named => new FusedSGD(named, lr: 0.2),
                new()
                {
                    Scaler = new GradScaler(64, enabled: compute is Dtype.Float16),
                    Parallelism = new DataParallel(group) { OverlapCommunication = overlap },
                });
            var calls = new List<(int Backward, int Step)>();
            foreach (var count in counts)
            {
                Clear(group, ranks);
                for (var batch = 0; batch < count; batch++)
                {
                    training.Backward(Loss(model, Batch(batch, group.Rank)));
                }

                group.Barrier();
                var inBackward = ranks.Calls.Count;
                group.Barrier();
                training.Step();
                group.Barrier();
                calls.Add((inBackward, ranks.Calls.Count - inBackward));
            }

            return (Weights: model.Values(), Calls: calls);
        })).ToList();
        Assert.All(results[1], rank => Assert.Equal(results[1][0].Weights, rank.Weights));
        Assert.All(
            results[0][0].Weights.Zip(results[1][0].Weights),
            pair => Assert.Equal(pair.First, pair.Second, tolerance * Math.Max(1, Math.Abs(pair.First))));

        // In the first step one micro-batch is expected, in the third three, in the fourth one.
        var dtypes = results[0][0].Calls[0].Step;
        Assert.Equal(counts.Select(_ => (0, dtypes)), results[0][0].Calls);
        Assert.Equal([(dtypes, dtypes), (dtypes, 0), (0, dtypes), (dtypes, dtypes), (dtypes, 0)], results[1][0].Calls);
    }

    [Fact]
    public void A_gradient_that_comes_after_its_average_has_begun_is_refused_and_one_before_it_counts()
    {
        if (AccumulationHook.IsAvailable)
        {
            Assert.All(
                InProcessRanks.Run(2, (group, _) => Assert.Throws<InvalidOperationException>(() => { Train(group, withOther: false); }).Message),
                static message => Assert.Contains("OverlapCommunication = false", message, StringComparison.Ordinal));
        }

        // x = 3 or 4: the square's gradient 2 · x is averaged to 7.
        Assert.Equal([1 - 7f, 1 - 7f], InProcessRanks.Run(2, (group, _) => Train(group, withOther: true)));
        Assert.Equal([1 - 7f, 1 - 7f], InProcessRanks.Run(2, (group, _) => Train(group, withOther: false, overlap: false)));

        static float Train(ProcessGroup group, bool withOther, bool overlap = true)
        {
            using var scope = NewDisposeScope();
            using var model = new Recomputed(withOther);
            using var training = Create(group, model, overlap);
            training.Backward(model.call(full(1, 3f + group.Rank)).sum());
            training.Step();
            return model.Value;
        }
    }

    [SkippableFact]
    public void A_collective_that_fails_in_the_backward_is_its_exception_and_leaves_no_gradients()
    {
        Skip.IfNot(AccumulationHook.IsAvailable);
        var left = "none was looked for";
        Assert.ThrowsAny<Exception>(() => InProcessRanks.Run(2, (group, ranks) =>
        {
            using var scope = NewDisposeScope();
            using var model = new Layers(layer =>
            {
                if (group.Rank == 1 && layer == 1)
                {
                    throw new FormatException("broken on purpose");
                }
            });
            using var training = Create(group, model);
            var error = Record.Exception(() => training.Backward(model.call(Ids(group)).mean()));
            if (group.Rank == 1)
            {
                throw error!;
            }

            // It has waited in the backward for the other rank, and came out of it.
            Assert.IsAssignableFrom<OperationCanceledException>(error);
            left = string.Join(", ", model.named_parameters().Where(static entry => entry.parameter.grad is not null).Select(static entry => entry.name));
            return 0;
        }));
        Assert.Equal("", left);
    }

    [Fact]
    public void Backwards_past_the_training_and_after_it_exchange_nothing()
    {
        InProcessRanks.Run(2, (group, ranks) =>
        {
            using var scope = NewDisposeScope();
            using var model = Net.Create(Dtype.Float32, Dtype.Float32);
            using (var training = Create(group, model))
            {
                Clear(group, ranks);
                Loss(model, Batch(0, group.Rank)).backward();
                Assert.Empty(ranks.Calls);
                training.Backward(Loss(model, Batch(0, group.Rank)));
                training.Step();
                group.Barrier();
                Assert.Single(ranks.Calls);
            }

            Clear(group, ranks);
            Loss(model, Batch(0, group.Rank)).backward();
            group.Barrier();
            Assert.Empty(ranks.Calls);
            return 0;
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_whose_gradients_were_all_cleared_says_so(bool overlap) => InProcessRanks.Run(2, (group, _) =>
    {
        using var scope = NewDisposeScope();
        using var model = Net.Create(Dtype.Float32, Dtype.Float32);
        using var training = Create(group, model, overlap);
        training.Backward(Loss(model, Batch(0, group.Rank)));
        model.zero_grad();
        Assert.StartsWith("No parameter of the optimizer got a gradient", Assert.Throws<InvalidOperationException>(() => training.Step()).Message, StringComparison.Ordinal);

        training.Backward(Loss(model, Batch(1, group.Rank)));
        Assert.Equal(StepOutcome.Applied, training.Step().Outcome);
        return 0;
    });

    [Fact]
    public void Nothing_is_left_behind_by_steps()
    {
        var counts = InProcessRanks.Run(2, (group, _) =>
        {
            using var model = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
            using var training = Create(group, model);
            var after = new List<long>();
            for (var step = 0; step < 6; step++)
            {
                using (NewDisposeScope())
                {
                    training.Backward(Loss(model, ones(BatchPerRank, Features)));
                    training.Step(maxGradNorm: 1);
                    training.zero_grad();
                }

                group.Barrier();
                after.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
                group.Barrier();
            }

            return after;
        });
        Assert.All(counts, after => Assert.Equal(after[2], after[5]));
    }

    private static MixedPrecisionTraining Create(ProcessGroup group, Module model, bool overlap = true, bool sharded = false, double lr = 1)
        => MixedPrecisionTraining.Create(
            model,
            named => new FusedSGD(named, lr),
            new() { Parallelism = new DataParallel(group) { OverlapCommunication = overlap, ShardOptimizer = sharded } });

    private static void Clear(ProcessGroup group, InProcessRanks ranks)
    {
        group.Barrier();
        ranks.Calls.Clear();
        group.Barrier();
    }

    private static Tensor Ids(ProcessGroup group) => tensor(new long[] { group.Rank, Layers.Words - 1 });

    private static Tensor Loss(Net model, Tensor x) => model.call(x).to(ScalarType.Float32).square().mean();

    private static Tensor Batch(int step, int rank)
        => tensor(Enumerable.Range(0, BatchPerRank * Features).Select(i => (float)Math.Sin((1.7 * i) + (5 * step) + (11 * rank))).ToArray()).view(BatchPerRank, Features);

    private static float[] Numbers(IReadOnlyList<(string name, Tensor gradient)> gradients)
        => [.. gradients.SelectMany(static entry => entry.gradient.flatten().data<float>().ToArray())];
}
