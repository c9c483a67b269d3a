using Precision.Distributed.Control;
using Precision.Distributed.Mpi;
using Precision.Distributed.Nccl;
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
    private static readonly TimeSpan UsualLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestLimit = TimeSpan.FromDays(7);

    // Of several ranks: MPI can be initialised once only, and a second meeting at the same address would mix with the first.
    private static bool hasJoined;

    private readonly ICommunicator engine;
    private readonly ControlChannel? channel;
    private readonly ProcessEvents? events;
    private bool disposed;

    internal ProcessGroup(LaunchEnvironment launch, Device device, ICommunicator engine, ControlChannel? channel)
    {
        this.engine = engine;
        this.channel = channel;
        Rank = launch.Rank;
        WorldSize = launch.WorldSize;
        LocalRank = launch.LocalRank;
        Device = device;
        events = channel is null ? null : new ProcessEvents(this, channel);
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
    /// <exception cref="ProcessGroupException">
    /// The launcher's variables contradict each other; NCCL or Open MPI is missing; not all ranks came in time, or they do not fit together;
    /// this process has joined before.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is not positive, or longer than a week.</exception>
    /// <remarks>
    /// Where the group fails later, the next collective throws <see cref="ProcessGroupException"/>; a program that has not ended five seconds
    /// after the failure is ended with exit code 1, so that no rank waits for ever.
    /// </remarks>
    public static ProcessGroup Join(TimeSpan? timeout = null)
    {
        var limit = timeout ?? UsualLimit;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(timeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, LongestLimit, nameof(timeout));
        return Join(new ControlTiming(limit, limit));
    }

    /// <summary>Joins the group that the launcher started.</summary>
    internal static ProcessGroup Join(ControlTiming timing)
    {
        var launch = LaunchEnvironment.Read(Environment.GetEnvironmentVariable);
        var device = RankDevice.Choose(launch);
        return launch.WorldSize == 1
            ? new(launch, device, new OneProcess(), null)
            : Join(launch, device, device.type is DeviceType.CUDA ? NcclEngine.Find(device) : MpiEngine.Find(), timing);
    }

    /// <summary>Joins a group of several ranks by a given engine.</summary>
    internal static ProcessGroup Join(LaunchEnvironment launch, Device device, IEngine engine, ControlTiming timing)
    {
        if (hasJoined)
        {
            throw new ProcessGroupException(
                "This process has joined its group already, which it can once. Hand the ProcessGroup on to where it is needed.");
        }

        var channel = ControlChannel.Join(launch, engine.Name, timing, engine.MakeOpening);
        try
        {
            channel.Enter(new Collective(CollectiveKind.Joining));
            var communicator = engine.Connect(launch, device, channel, timing);
            channel.Complete();
            hasJoined = true;
            return new(launch, device, communicator, channel);
        }
        catch (Exception error)
        {
            channel.Fail(error.Message);
            channel.Dispose();
            throw;
        }
    }

    /// <summary>Replaces a tensor by the reduction over the tensors of all ranks, in place.</summary>
    /// <param name="tensor">Contiguous, on <see cref="Device"/>, of the same shape and dtype on all ranks.</param>
    /// <param name="operation">How values are joined.</param>
    /// <exception cref="ArgumentException">The tensor is on another device, not contiguous, or an average of integers is asked for.</exception>
    /// <exception cref="NotSupportedException">The engine cannot reduce this dtype (MPI: 16-bit).</exception>
    /// <exception cref="ObjectDisposedException">The tensor or the group is disposed.</exception>
    public void AllReduce(Tensor tensor, ReduceOperation operation = ReduceOperation.Sum) => AllReduceInStep(tensor, operation, step: 0);

    /// <summary>As <see cref="AllReduce"/>, of what one step of a training has; 0 = none.</summary>
    internal void AllReduceInStep(Tensor tensor, ReduceOperation operation, long step)
    {
        EnterAllReduce(tensor, operation, step);
        engine.AllReduce(tensor, operation);
        channel?.Complete();
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
        var metadata = CollectiveArguments.Check(tensor, Device, nameof(tensor));
        Enter(new(CollectiveKind.Broadcast, metadata.Dtype, metadata.ElementCount));
        engine.Broadcast(tensor, root);
        channel?.Complete();
    }

    /// <summary>Returns when all ranks have called it.</summary>
    /// <exception cref="ObjectDisposedException">The group is disposed.</exception>
    public void Barrier()
    {
        ThrowIfDisposed();
        Enter(new(CollectiveKind.Barrier));
        engine.Barrier();
        channel?.Complete();
    }

    /// <summary>As <see cref="AllReduce"/>, beside what the current stream goes on with, also from a thread of libtorch's.</summary>
    /// <param name="tensor">Not used until <see cref="CompleteReductions"/>.</param>
    /// <param name="operation">How values are joined.</param>
    /// <param name="step">The step whose gradients they are.</param>
    internal void BeginAllReduce(Tensor tensor, ReduceOperation operation, long step)
    {
        EnterAllReduce(tensor, operation, step);
        engine.BeginAllReduce(tensor, operation);
        channel?.Complete();
    }

    /// <summary>Lets the current stream wait for what was begun. The host does not wait.</summary>
    internal void CompleteReductions()
    {
        ThrowIfDisposed();
        engine.CompleteReductions();
    }

    /// <summary>Puts this rank's part of the reduction over all ranks into a tensor.</summary>
    /// <param name="input">Parts for all ranks, one after the other; contiguous.</param>
    /// <param name="output">One part; contiguous. May be this rank's part of the input's memory.</param>
    /// <param name="operation">How values are joined.</param>
    /// <param name="step">The step whose gradients they are; 0 = none.</param>
    internal void ReduceScatter(Tensor input, Tensor output, ReduceOperation operation, long step = 0)
    {
        ThrowIfDisposed();
        var whole = CollectiveArguments.Check(input, Device, nameof(input));
        var part = CollectiveArguments.Check(output, Device, nameof(output));
        CollectiveArguments.CheckReduction(engine, whole.Dtype, operation, nameof(input));
        CollectiveArguments.CheckParts(input, whole, nameof(input), output, part, nameof(output), Rank, WorldSize);
        Enter(new(CollectiveKind.ReduceScatter, whole.Dtype, whole.ElementCount, step));
        engine.ReduceScatter(input, output, operation);
        channel?.Complete();
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
        Enter(new(CollectiveKind.AllGather, whole.Dtype, whole.ElementCount));
        engine.AllGather(input, output);
        channel?.Complete();
    }

    /// <summary>
    /// Leaves the group, once all ranks do. Where the group has failed, this writes why to the standard error output; the process then ends
    /// with an exit code that is not 0.
    /// </summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        events?.Dispose();
        if (channel is null || channel.Leave())
        {
            engine.Close();
        }
        else
        {
            engine.Abort();
            ProcessEvents.MarkFailed(channel);
        }

        channel?.Dispose();
    }

    /// <summary>Ends the group, because this rank cannot go on: all ranks learn why.</summary>
    internal void Fail(string reason) => channel?.Fail(reason);

    private void EnterAllReduce(Tensor tensor, ReduceOperation operation, long step)
    {
        ThrowIfDisposed();
        var metadata = CollectiveArguments.Check(tensor, Device, nameof(tensor));
        CollectiveArguments.CheckReduction(engine, metadata.Dtype, operation, nameof(tensor));
        Enter(new(CollectiveKind.AllReduce, metadata.Dtype, metadata.ElementCount, step));
    }

    private void Enter(Collective collective)
    {
        channel?.Enter(collective);
        engine.Agree(collective);
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(disposed, this);
}
