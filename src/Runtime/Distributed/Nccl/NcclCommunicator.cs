using Precision.Distributed.Control;
using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed.Nccl;

/// <summary>Joins GPUs by NCCL. Collectives are enqueued on a stream; the host does not wait.</summary>
internal sealed unsafe class NcclCommunicator : ICommunicator
{
    public const string EngineName = "NCCL";

    private readonly NcclLibrary nccl;
    private readonly INcclDevice gpu;
    private readonly ControlChannel channel;
    private readonly ControlTiming timing;
    private readonly NcclWatch watch;
    private readonly Tensor token;
    private readonly int rank;
    private readonly nint communicator;

    /// <summary>Connects with all other ranks. Where one does not come, the control channel ends the process.</summary>
    /// <exception cref="ProcessGroupException">NCCL cannot connect them.</exception>
    public NcclCommunicator(
        NcclLibrary nccl, INcclDevice gpu, LaunchEnvironment launch, Device device, ControlChannel channel, ControlTiming timing)
    {
        (this.nccl, this.gpu, this.channel, this.timing, rank) = (nccl, gpu, channel, timing, launch.Rank);
        var entered = gpu.Enter();
        try
        {
            nint created;
            nccl.Check(nccl.CommInitRank(&created, launch.WorldSize, NcclId.From(channel.Opening), launch.Rank), "ncclCommInitRank");
            communicator = created;
            watch = new NcclWatch(nccl, gpu, communicator, timing);
        }
        finally
        {
            gpu.Leave(entered);
        }

        token = zeros(1, int32, device).DetachFromDisposeScope();
        channel.HealthCheck = watch.FindFault;
    }

    public bool IsHostSide => false;

    public string Name => EngineName;

    public bool CanReduce(ScalarType dtype) => NcclTypes.CanReduce(dtype);

    public void AllReduce(Tensor tensor, ReduceOperation operation) => AllReduce(tensor, operation, gpu.Stream);

    public void BeginAllReduce(Tensor tensor, ReduceOperation operation)
    {
        Order(gpu.Stream, gpu.SideStream);
        AllReduce(tensor, operation, gpu.SideStream);
    }

    public void CompleteReductions() => Order(gpu.SideStream, gpu.Stream);

    public void Broadcast(Tensor tensor, int root)
    {
        var values = CollectiveArguments.Pointer(tensor);
        var (entered, stream) = (gpu.Enter(), gpu.Stream);
        var error = nccl.Broadcast(values, values, Bytes(tensor), NcclTypes.Bytes, root, communicator, stream);
        Enqueued(entered, error, "ncclBroadcast", stream);
        GC.KeepAlive(tensor);
    }

    public void ReduceScatter(Tensor input, Tensor output, ReduceOperation operation)
    {
        var (whole, part) = (CollectiveArguments.Pointer(input), CollectiveArguments.Pointer(output));
        var (entered, stream) = (gpu.Enter(), gpu.Stream);
        var error = nccl.ReduceScatter(
            whole, part, (nuint)output.numel(), NcclTypes.Of(input.dtype), NcclTypes.Of(operation), communicator, stream);
        Enqueued(entered, error, "ncclReduceScatter", stream);
        GC.KeepAlive(input);
        GC.KeepAlive(output);
    }

    public void AllGather(Tensor input, Tensor output)
    {
        var (part, whole) = (CollectiveArguments.Pointer(input), CollectiveArguments.Pointer(output));
        var (entered, stream) = (gpu.Enter(), gpu.Stream);
        var error = nccl.AllGather(part, whole, Bytes(input), NcclTypes.Bytes, communicator, stream);
        Enqueued(entered, error, "ncclAllGather", stream);
        GC.KeepAlive(input);
        GC.KeepAlive(output);
    }

    /// <summary>Waits on the host, until all ranks' devices have come here; throws where the group fails meanwhile.</summary>
    public void Barrier()
    {
        AllReduce(token, ReduceOperation.Sum);
        var entered = gpu.Enter();
        try
        {
            var mark = watch.RecordBarrier();
            while (!gpu.IsReached(mark))
            {
                channel.ThrowIfFailed();
                Thread.Sleep(0);
            }
        }
        finally
        {
            gpu.Leave(entered);
        }
    }

    public void Close()
    {
        using var deadline = new NativeDeadline("ncclCommDestroy", timing.Limit);
        watch.Stop();
        nccl.Check(nccl.CommDestroy(communicator), "ncclCommDestroy");
        token.Dispose();
    }

    /// <summary>Ends the kernels that wait for other ranks. What they should have computed is not there: for a group that is given up.</summary>
    public void Abort()
    {
        using var deadline = new NativeDeadline("ncclCommAbort", timing.Grace);
        watch.Stop();
        _ = nccl.CommAbort(communicator);
        token.Dispose();
    }

    private static nuint Bytes(Tensor tensor) => (nuint)Lifetime.After(tensor.numel() * tensor.element_size(), tensor);

    private void AllReduce(Tensor tensor, ReduceOperation operation, nint stream)
    {
        var values = CollectiveArguments.Pointer(tensor);
        var entered = gpu.Enter();
        var error = nccl.AllReduce(
            values, values, (nuint)tensor.numel(), NcclTypes.Of(tensor.dtype), NcclTypes.Of(operation), communicator, stream);
        Enqueued(entered, error, "ncclAllReduce", stream);
        GC.KeepAlive(tensor);
    }

    private void Order(nint earlier, nint later)
    {
        var entered = gpu.Enter();
        try
        {
            gpu.Order(earlier, later);
        }
        finally
        {
            gpu.Leave(entered);
        }
    }

    private void Enqueued(nint entered, int error, string function, nint stream)
    {
        try
        {
            nccl.Check(error, function);
            watch.Sample(stream);
        }
        finally
        {
            gpu.Leave(entered);
        }
    }
}
