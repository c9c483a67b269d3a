using Precision.Distributed.Control;
using static TorchSharp.torch;

namespace Precision.Distributed.Mpi;

/// <summary>Open MPI, for CPUs. It needs nothing from rank 0: its launcher has told it all.</summary>
internal sealed class MpiEngine(MpiLibrary library) : IEngine
{
    private static readonly string[] Libraries = ["libmpi.so.40", "libmpi.so"];

    public string Name => MpiCommunicator.EngineName;

    /// <exception cref="ProcessGroupException">There is no Open MPI.</exception>
    public static MpiEngine Find() => new(MpiLibrary.Load(Libraries));

    public byte[] MakeOpening() => [];

    public ICommunicator Connect(LaunchEnvironment launch, Device device, ControlChannel channel, ControlTiming timing)
        => new MpiCommunicator(library, launch, channel, timing.Limit);
}
