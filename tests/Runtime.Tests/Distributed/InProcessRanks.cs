using Precision.Distributed;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Distributed;

/// <summary>
/// Several ranks as threads of this process, joined by memory: what a training does with a group is tested without a launcher, with
/// every dtype, and with what each rank sends in view.
/// </summary>
internal sealed class InProcessRanks : IDisposable
{
    private readonly Barrier barrier;
    private readonly CancellationTokenSource failure = new();
    private readonly Tensor?[] given;
    private readonly bool isHostSide;

    private InProcessRanks(int count, bool isHostSide)
    {
        this.isHostSide = isHostSide;
        barrier = new Barrier(count);
        given = new Tensor?[count];
    }

    /// <summary>The collectives of rank 0: name, dtype and number of elements.</summary>
    public List<(string Name, ScalarType Dtype, long Count)> Calls { get; } = [];

    /// <summary>Runs each rank on a thread of its own.</summary>
    /// <param name="count">The number of ranks.</param>
    /// <param name="body">What a rank does, and its result.</param>
    /// <param name="isHostSide">Whether the group is like MPI's, which adds no 16-bit numbers.</param>
    /// <returns>The results of the ranks. The first exception of a rank is thrown.</returns>
    public static T[] Run<T>(int count, Func<ProcessGroup, InProcessRanks, T> body, bool isHostSide = false)
    {
        using var ranks = new InProcessRanks(count, isHostSide);
        var results = new T[count];
        var errors = new Exception?[count];
        var threads = Enumerable.Range(0, count).Select(rank => new Thread(() => errors[rank] = Record.Exception(() => ranks.RunOne(rank, body, results)))).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        return errors.FirstOrDefault(static error => error is not (null or OperationCanceledException)) is { } first
            ? throw new AggregateException(errors.OfType<Exception>().Where(static error => error is not OperationCanceledException).ToArray() is [var only] ? only : first)
            : results;
    }

    public void Dispose()
    {
        barrier.Dispose();
        failure.Dispose();
    }

    private void RunOne<T>(int rank, Func<ProcessGroup, InProcessRanks, T> body, T[] results)
    {
        try
        {
            using var group = new ProcessGroup(new LaunchEnvironment("this test", rank, given.Length, rank, "", null), CPU, new Engine(this, rank), channel: null);
            results[rank] = body(group, this);
        }
        catch
        {
            failure.Cancel();
            throw;
        }
    }

    private sealed class Engine(InProcessRanks ranks, int rank) : ICommunicator
    {
        public bool IsHostSide => ranks.isHostSide;

        public string Name => "the test";

        public bool CanReduce(ScalarType dtype) => !IsHostSide || dtype is not (ScalarType.Float16 or ScalarType.BFloat16);

        public void AllReduce(Tensor tensor, ReduceOperation operation)
            => Exchange("AllReduce", tensor, all => Copy(Joined(all, operation), tensor));

        public void Broadcast(Tensor tensor, int root) => Exchange("Broadcast", tensor, all => Copy(all[root].clone(), tensor));

        public void ReduceScatter(Tensor input, Tensor output, ReduceOperation operation)
            => Exchange("ReduceScatter", input, all => Copy(Joined(all, operation).view(ranks.given.Length, -1)[rank], output));

        public void AllGather(Tensor input, Tensor output) => Exchange("AllGather", input, all => Copy(cat([.. all.Select(static t => t.view(-1))]), output));

        public void Barrier() => ranks.barrier.SignalAndWait(ranks.failure.Token);

        public void Close()
        {
        }

        public void Abort()
        {
        }

        /// <summary>Computes from what all ranks gave, then writes once nobody reads any more.</summary>
        private void Exchange(string name, Tensor tensor, Func<Tensor[], Action> compute)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            if (rank == 0)
            {
                ranks.Calls.Add((name, tensor.dtype, tensor.numel()));
            }

            ranks.given[rank] = tensor;
            Barrier();
            var write = compute([.. ranks.given.Select(static given => given!)]);
            Barrier();
            write();
            Barrier();
        }

        private static Action Copy(Tensor from, Tensor to) => () => to.view(-1).copy_(from.reshape(-1));

        // In the order of the ranks, so that all get the same bits; averages are divided before they are added, as NCCL does.
        private static Tensor Joined(Tensor[] all, ReduceOperation operation) => operation switch
        {
            ReduceOperation.Average => all.Select(t => t / all.Length).Aggregate(static (a, b) => a + b),
            ReduceOperation.Sum => all.Aggregate(static (a, b) => a + b),
            ReduceOperation.Maximum => all.Aggregate(static (a, b) => a.maximum(b)),
            _ => all.Aggregate(static (a, b) => a.minimum(b)),
        };
    }
}
