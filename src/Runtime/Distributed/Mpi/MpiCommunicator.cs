using System.Diagnostics;
using System.Runtime.InteropServices;
using Precision.Distributed.Control;
using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed.Mpi;

/// <summary>
/// Joins CPUs by Open MPI. Collectives are the ones that return at once and are then asked whether they are complete, so that a rank that
/// never comes is an exception and not a program that hangs.
/// </summary>
internal sealed unsafe class MpiCommunicator : ICommunicator
{
    public const string EngineName = "MPI";

    private const int LargestPiece = 1 << 30;
    private const int CallLength = 4;

    private static readonly TimeSpan SpinFor = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan YieldFor = TimeSpan.FromMilliseconds(50);

    // What a collective that never ended may still read or write.
    private static readonly List<Tensor> Abandoned = [];

    private readonly MpiLibrary mpi;
    private readonly MpiTypes types;
    private readonly ControlChannel channel;
    private readonly TimeSpan limit;
    private readonly int rank;
    private readonly int worldSize;

    // Of the calls of all ranks the largest numbers, and the smallest ones negated. Not freed: a call that never ended may still write.
    private readonly long* agreement = (long*)NativeMemory.AllocZeroed(2 * CallLength, sizeof(long));

    /// <summary>Initialises MPI and looks whether it sees the same ranks.</summary>
    /// <exception cref="ProcessGroupException">It does not, or has been initialised before.</exception>
    public MpiCommunicator(MpiLibrary mpi, LaunchEnvironment launch, ControlChannel channel, TimeSpan limit)
    {
        (this.mpi, this.channel, this.limit, rank, worldSize) = (mpi, channel, limit, launch.Rank, launch.WorldSize);
        Initialize(mpi);
        int itsSize, itsRank;
        mpi.Check(mpi.CommSize(mpi.World, &itsSize), "MPI_Comm_size");
        mpi.Check(mpi.CommRank(mpi.World, &itsRank), "MPI_Comm_rank");
        if (itsSize != worldSize || itsRank != rank)
        {
            throw new ProcessGroupException(
                $"{launch.Launcher} says that this is rank {rank} of {worldSize}, and for MPI it is rank {itsRank} of {itsSize}. "
                    + "On CPUs start the program with Open MPI's mpirun, or with srun --mpi=pmix.");
        }

        mpi.Check(mpi.CommSetErrhandler(mpi.World, mpi.Object("ompi_mpi_errors_return")), "MPI_Comm_set_errhandler");
        types = new MpiTypes(mpi);
    }

    public bool IsHostSide => true;

    public string Name => EngineName;

    public bool CanReduce(ScalarType dtype) => types.CanReduce(dtype);

    // Other sizes would be written past the end of a buffer by Open MPI.
    public void Agree(Collective collective)
    {
        ReadOnlySpan<long> call = [(long)collective.Kind, (long?)collective.Dtype ?? -1, collective.Elements, collective.Step];
        for (var i = 0; i < CallLength; i++)
        {
            (agreement[i], agreement[CallLength + i]) = (call[i], -call[i]);
        }

        nint request;
        mpi.Check(
            mpi.Iallreduce(
                MpiLibrary.InPlace, (nint)agreement, 2 * CallLength, types.Of(ScalarType.Int64), types.Of(ReduceOperation.Maximum),
                mpi.World, &request),
            "MPI_Iallreduce");
        Wait(request);
        for (var i = 0; i < CallLength; i++)
        {
            if (agreement[i] != -agreement[CallLength + i])
            {
                channel.FailTogether();
            }
        }
    }

    public void AllReduce(Tensor tensor, ReduceOperation operation)
    {
        nint request;
        mpi.Check(
            mpi.Iallreduce(
                MpiLibrary.InPlace, CollectiveArguments.Pointer(tensor), Count(tensor.numel()), types.Of(tensor.dtype), types.Of(operation),
                mpi.World, &request),
            "MPI_Iallreduce");
        Wait(request, tensor);
        Divide(tensor, operation);
    }

    public void Broadcast(Tensor tensor, int root)
    {
        var start = CollectiveArguments.Pointer(tensor);
        for (long done = 0, all = Bytes(tensor); done < all; done += LargestPiece)
        {
            nint request;
            mpi.Check(
                mpi.Ibcast(start + (nint)done, (int)Math.Min(all - done, LargestPiece), types.Bytes, root, mpi.World, &request), "MPI_Ibcast");
            Wait(request, tensor);
        }
    }

    public void ReduceScatter(Tensor input, Tensor output, ReduceOperation operation)
    {
        // MPI writes the part while it still reads the whole.
        using var separate = empty_like(output);
        nint request;
        mpi.Check(
            mpi.IreduceScatterBlock(
                CollectiveArguments.Pointer(input), CollectiveArguments.Pointer(separate), Count(output.numel()), types.Of(input.dtype),
                types.Of(operation), mpi.World, &request),
            "MPI_Ireduce_scatter_block");
        Wait(request, input, separate);
        Divide(separate, operation);
        using var noGrad = no_grad();
        _ = Lifetime.After(output.copy_(separate), output);
    }

    public void AllGather(Tensor input, Tensor output)
    {
        var part = Bytes(input);
        var (source, target) = (CollectiveArguments.Pointer(input), CollectiveArguments.Pointer(output));
        nint request;
        mpi.Check(
            mpi.Iallgather(
                source == target + (nint)(rank * part) ? MpiLibrary.InPlace : source, Count(part), types.Bytes,
                target, Count(part), types.Bytes, mpi.World, &request),
            "MPI_Iallgather");
        Wait(request, input, output);
    }

    public void Barrier()
    {
        nint request;
        mpi.Check(mpi.Ibarrier(mpi.World, &request), "MPI_Ibarrier");
        Wait(request);
    }

    /// <summary>Leaves the others to their own ends: a process that ends without MPI_Finalize is a failure for its launcher.</summary>
    public void Abort()
    {
    }

    public void Close()
    {
        using var deadline = new NativeDeadline("MPI_Finalize", limit);
        mpi.Check(mpi.FinalizeAll(), "MPI_Finalize");
    }

    private static void Initialize(MpiLibrary mpi)
    {
        int before, level;
        mpi.Check(mpi.Initialized(&before), "MPI_Initialized");
        if (before != 0)
        {
            throw new ProcessGroupException(
                "MPI is initialised already in this process, which it can be once only: join one group for the life of the program.");
        }

        mpi.Check(mpi.InitThread(null, null, MpiLibrary.ThreadSerialized, &level), "MPI_Init_thread");
        if (level < MpiLibrary.ThreadSerialized)
        {
            throw new ProcessGroupException(
                "This Open MPI was built without threads, and .NET's are several. Use a build with them, as Linux distributions have.");
        }
    }

    private static long Bytes(Tensor tensor) => Lifetime.After(tensor.numel() * tensor.element_size(), tensor);

    private static int Count(long number)
        => number <= int.MaxValue
            ? (int)number
            : throw new NotSupportedException(
                $"MPI counts to {int.MaxValue}, and this tensor or part has {number} elements or bytes. Exchange it in pieces.");

    private void Divide(Tensor tensor, ReduceOperation operation)
    {
        if (operation is ReduceOperation.Average)
        {
            using var noGrad = no_grad();
            using var divisor = worldSize.ToScalar();
            _ = Lifetime.After(tensor.div_(divisor), tensor, divisor);
        }
    }

    // Asking moves the bytes too. A rank that waits long waits for another's computing, and leaves it the core.
    private void Wait(nint request, params ReadOnlySpan<Tensor> tensors)
    {
        var since = Stopwatch.GetTimestamp();
        for (var complete = 0; ;)
        {
            mpi.Check(mpi.Test(&request, &complete, 0), "MPI_Test");
            if (complete != 0)
            {
                KeepAlive(tensors);
                return;
            }

            if (channel.Failure is not null)
            {
                Abandoned.AddRange(tensors.ToArray().Select(static tensor => Lifetime.After(tensor.alias(), tensor).DetachFromDisposeScope()));
                channel.ThrowIfFailed();
            }

            Pause(Stopwatch.GetElapsedTime(since));
        }
    }

    private static void Pause(TimeSpan waited)
    {
        if (waited > YieldFor)
        {
            Thread.Sleep(1);
        }
        else if (waited > SpinFor)
        {
            Thread.Yield();
        }
    }

    private static void KeepAlive(ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            GC.KeepAlive(tensor);
        }
    }
}
