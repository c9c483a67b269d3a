using Precision.Distributed;
using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Distributed;

/// <summary>One checkpoint of several ranks, from which any number goes on.</summary>
public sealed class ParallelCheckpointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("precision-ranks-").FullName;

    private string Path => System.IO.Path.Combine(folder, "training.ckpt");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<int[], bool, Dtype, Dtype> Resumptions
    {
        get
        {
            var data = new TheoryData<int[], bool, Dtype, Dtype>();
            foreach (var counts in new int[][] { [2, 1, 3], [1, 3, 2], [3, 3, 1] })
            {
                foreach (var sharded in new[] { false, true })
                {
                    data.Add(counts, sharded, Dtype.Float32, Dtype.Float32);
                    data.Add(counts, sharded, Dtype.BFloat16, Dtype.BFloat16);
                    data.Add(counts, sharded, Dtype.Float16, Dtype.Float16);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Resumptions))]
    public void Another_number_of_ranks_goes_on_from_the_same_state(int[] counts, bool sharded, Dtype compute, Dtype parameters)
    {
        var saved = Array.Empty<float>();
        for (var i = 0; i < counts.Length; i++)
        {
            var isFirstRun = i == 0;
            var results = InProcessRanks.Run(counts[i], (group, _) =>
            {
                using var scope = NewDisposeScope();
                using var net = Net.Create(compute, parameters);
                using var training = Create(group, net, sharded);
                if (!isFirstRun)
                {
                    training.Load(Path);
                }

                var loaded = State(training, net);
                Step(training, net, group.Rank);
                training.Save(Path, dataPosition: new[] { (byte)group.Rank });
                return (Loaded: loaded, After: State(training, net));
            });

            // A rank of a sharded training has its part of the masters: together they are those of one process.
            Assert.True(isFirstRun || Joined(results.Select(static result => result.Loaded)).SequenceEqual(saved));
            saved = Joined(results.Select(static result => result.After));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_file_is_the_one_that_a_single_process_writes(bool sharded)
    {
        InProcessRanks.Run(2, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var net = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
            using var training = Create(group, net, sharded);
            Step(training, net, rank: 0);
            training.Save(Path);
            return 0;
        });
        using var scope = NewDisposeScope();
        using var alone = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
        using var training = MixedPrecisionTraining.Create(alone, named => new FusedAdamW(named, lr: 1e-2));
        Step(training, alone, rank: 0);
        var expected = State(training, alone);
        using var other = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
        using var resumed = MixedPrecisionTraining.Create(other, named => new FusedAdamW(named, lr: 1e-2));
        resumed.Load(Path);
        Assert.Equal(expected, State(resumed, other));
        Assert.Equal(1, resumed.Steps);

        // Weights open without optimizer and training.
        using var model = new Net { PrecisionPolicy = new PrecisionPolicy(Dtype.Float32, Dtype.Float32) };
        model.LoadWeights(Path);
        Assert.Equal(training.MasterWeights["first.weight"].flatten().data<float>().ToArray(), model.Values().Take(96));
    }

    [Fact]
    public void Each_rank_gets_its_own_random_state_and_data_position_back()
    {
        var results = InProcessRanks.Run(3, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var net = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
            using var training = Create(group, net, sharded: true);
            Step(training, net, group.Rank);
            training.Save(Path, dataPosition: new[] { (byte)(10 + group.Rank) });
            return training.Load(Path).DataPosition.ToArray();
        });
        Assert.Equal([[10], [11], [12]], results);

        // A rank that was not there goes on where the first one stands.
        var more = InProcessRanks.Run(4, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var net = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
            using var training = Create(group, net, sharded: true);
            return training.Load(Path).DataPosition.ToArray();
        });
        Assert.Equal([[10], [11], [12], [10]], more);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_cannot_be_written_fails_on_every_rank_and_training_goes_on(bool sharded)
    {
        var results = InProcessRanks.Run(3, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var net = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
            using var training = Create(group, net, sharded);
            Step(training, net, group.Rank);
            training.Save(Path);
            Step(training, net, group.Rank);
            var error = Record.Exception(() => training.Save(System.IO.Path.Combine(folder, "no such folder", "file")));
            Step(training, net, group.Rank);
            return (error, Steps: training.Steps, Loaded: training.Load(Path).Steps);
        });
        Assert.All(results, result =>
        {
            Assert.IsAssignableFrom<IOException>(result.error);
            Assert.Equal((3, 1), (result.Steps, result.Loaded));
        });
        Assert.Contains("Rank 0 could not write", results[2].error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_fails_in_the_middle_fails_on_every_rank()
    {
        var results = InProcessRanks.Run(2, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var net = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
            using var training = Create(group, net, sharded: true);
            return Record.Exception(() => training.Save(new Full(1500)));
        });
        Assert.All(results, static error => Assert.IsAssignableFrom<IOException>(error));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Saving_on_another_thread_keeps_the_state_of_the_call(bool sharded)
    {
        InProcessRanks.Run(3, (group, _) =>
        {
            using var scope = NewDisposeScope();
            using var net = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
            using var training = Create(group, net, sharded);
            Step(training, net, group.Rank);
            var saved = State(training, net);
            var writing = training.SaveAsync(Path, dataPosition: new[] { (byte)group.Rank });
            Step(training, net, group.Rank);
            Assert.NotEqual(saved, State(training, net));
            writing.GetAwaiter().GetResult();
            group.Barrier();
            Assert.Equal((byte)group.Rank, training.Load(Path).DataPosition.Span[0]);
            Assert.Equal(saved, State(training, net));
            return 0;
        });
    }

    [Fact]
    public void Saving_leaves_no_tensor_behind()
    {
        var counts = InProcessRanks.Run(2, (group, _) =>
        {
            using var net = Net.Create(Dtype.BFloat16, Dtype.BFloat16);
            using var training = Create(group, net, sharded: true);
            var after = new List<long>();
            for (var i = 0; i < 4; i++)
            {
                using (NewDisposeScope())
                {
                    Step(training, net, group.Rank);
                    training.Save(Path);
                    training.Load(Path);
                }

                GC.Collect();
                after.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }

            return after;
        });
        Assert.All(counts, after => Assert.Equal(after[1], after[3]));
    }

    private static MixedPrecisionTraining Create(ProcessGroup group, Net net, bool sharded) => MixedPrecisionTraining.Create(
        net,
        named => new FusedAdamW(named, lr: 1e-2),
        new() { Parallelism = new DataParallel(group) { ShardOptimizer = sharded, ReduceDtype = Dtype.Float32 } });

    private static void Step(MixedPrecisionTraining training, Net net, int rank)
    {
        var x = full([4, 6], (rank + 1) / 4f);
        training.Backward(net.call(x).to(ScalarType.Float32).square().mean());
        training.Step();
    }

    /// <summary>Weights, masters by name, and moments of what this rank has.</summary>
    private static float[] State(MixedPrecisionTraining training, Net net)
    {
        var moments = ((FusedAdamW)training.Optimizer).state_dict().State.Cast<FusedAdam.State>();
        var masters = training.MasterWeights.named_parameters().Zip(moments).OrderBy(static entry => entry.First.name, StringComparer.Ordinal);
        return [.. net.Values(), .. masters.SelectMany(static entry => Numbers(entry.First.parameter)
            .Concat(Numbers(entry.Second.exp_avg)).Concat(Numbers(entry.Second.exp_avg_sq)).Concat(Numbers(entry.Second.step)))];

        static float[] Numbers(Tensor tensor) => tensor.flatten().data<float>().ToArray();
    }

    private static float[] Joined(IEnumerable<float[]> ranks) => [.. ranks.SelectMany(static rank => rank).Distinct().Order()];

    /// <summary>A disk with room for some bytes.</summary>
    private sealed class Full(int room) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Position + count > room)
            {
                throw new IOException("No space left on device.");
            }

            base.Write(buffer, offset, count);
        }
    }
}
