using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>
/// The processes that train one model together. Each is one <em>rank</em> and has one device. A collective (<see cref="AllReduce"/>,
/// <see cref="Broadcast"/>, <see cref="Barrier"/>) is called by all ranks in the same order. Not for several threads at a time.
/// </summary>
/// <remarks>
/// Several GPUs are joined by NCCL, whose collectives are enqueued on libtorch's current stream of the calling thread: the host does not
/// wait. CPUs are joined by MPI (Open MPI), whose collectives are complete when they return. Alone, every collective gives what it was given.
/// </remarks>
public sealed class ProcessGroup : IDisposable
{
    private readonly ICommunicator engine;
    private bool disposed;

    internal ProcessGroup(ICommunicator engine, int rank, int worldSize, int localRank, Device device)
    {
        this.engine = engine;
        Rank = rank;
        WorldSize = worldSize;
        LocalRank = localRank;
        Device = device;
    }

    /// <summary>This process's number, from 0.</summary>
    public int Rank { get; }

    /// <summary>The number of processes.</summary>
    public int WorldSize { get; }

    /// <summary>This process's number on its machine, from 0.</summary>
    public int LocalRank { get; }

    /// <summary>Whether this is rank 0, which alone writes progress, files and reports.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>
    /// Where this rank keeps its model and data: the GPU of its local rank, or the only visible one; the CPU where there is no GPU.
    /// </summary>
    public Device Device { get; }

    /// <summary>Whether a collective is complete when it returns (MPI); else it is enqueued on the current stream of CUDA (NCCL).</summary>
    internal bool IsHostSide => engine.IsHostSide;

    /// <summary>Joins the group of processes that the launcher started (torchrun, srun, mpirun); one rank where there was none.</summary>
    /// <param name="timeout">How long this rank waits for others, here and in each collective; null = ten minutes.</param>
    public static ProcessGroup Join(TimeSpan? timeout = null)
        => new(new OneProcess(), 0, 1, 0, device(cuda.is_available() ? "cuda:0" : "cpu"));

    /// <summary>Replaces a tensor by the reduction over the tensors of all ranks, in place.</summary>
    /// <param name="tensor">Contiguous, on <see cref="Device"/>, of the same shape and dtype on all ranks.</param>
    /// <param name="operation">How values are joined.</param>
    /// <exception cref="ArgumentException">The tensor is on another device, not contiguous, or an average of integers is asked for.</exception>
    /// <exception cref="NotSupportedException">The engine cannot reduce this dtype (MPI: 16-bit).</exception>
    /// <exception cref="ObjectDisposedException">The tensor or the group is disposed.</exception>
    public void AllReduce(Tensor tensor, ReduceOperation operation = ReduceOperation.Sum)
    {
        ThrowIfDisposed();
        var metadata = CollectiveArguments.Check(tensor, Device, nameof(tensor));
        CollectiveArguments.CheckReduction(engine, metadata.Dtype, operation, nameof(tensor));
        engine.AllReduce(tensor, operation);
    }

    /// <summary>Replaces a tensor by that of one rank, in place.</summary>
    /// <param name="tensor">Contiguous, on <see cref="Device"/>, of the same shape and dtype on all ranks.</param>
    /// <param name="root">The rank whose values all get.</param>
    /// <exception cref="ArgumentException">The tensor is on another device or not contiguous.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rank.</exception>
    /// <exception cref="ObjectDisposedException">The tensor or the group is disposed.</exception>
    public void Broadcast(Tensor tensor, int root = 0)
    {
        ThrowIfDisposed();
        CollectiveArguments.CheckRoot(root, WorldSize);
        CollectiveArguments.Check(tensor, Device, nameof(tensor));
        engine.Broadcast(tensor, root);
    }

    /// <summary>Returns when all ranks have called it.</summary>
    /// <exception cref="ObjectDisposedException">The group is disposed.</exception>
    public void Barrier()
    {
        ThrowIfDisposed();
        engine.Barrier();
    }

    /// <summary>Puts this rank's part of the reduction over all ranks into a tensor.</summary>
    /// <param name="input">Parts for all ranks, one after the other; contiguous.</param>
    /// <param name="output">One part; contiguous. May be this rank's part of the input's memory.</param>
    /// <param name="operation">How values are joined.</param>
    internal void ReduceScatter(Tensor input, Tensor output, ReduceOperation operation)
    {
        ThrowIfDisposed();
        var whole = CollectiveArguments.Check(input, Device, nameof(input));
        var part = CollectiveArguments.Check(output, Device, nameof(output));
        CollectiveArguments.CheckReduction(engine, whole.Dtype, operation, nameof(input));
        CollectiveArguments.CheckParts(input, whole, nameof(input), output, part, nameof(output), Rank, WorldSize);
        engine.ReduceScatter(input, output, operation);
    }

    /// <summary>Puts the tensors of all ranks, in their order, into one.</summary>
    /// <param name="input">This rank's part; contiguous. May be its part of the output's memory.</param>
    /// <param name="output">Parts of all ranks, one after the other; contiguous.</param>
    internal void AllGather(Tensor input, Tensor output)
    {
        ThrowIfDisposed();
        var part = CollectiveArguments.Check(input, Device, nameof(input));
        var whole = CollectiveArguments.Check(output, Device, nameof(output));
        CollectiveArguments.CheckParts(output, whole, nameof(output), input, part, nameof(input), Rank, WorldSize);
        engine.AllGather(input, output);
    }

    /// <summary>Leaves the group, once all ranks do.</summary>
    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            engine.Dispose();
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(disposed, this);
}
