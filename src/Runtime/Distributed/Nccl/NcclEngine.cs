using Precision.Distributed.Control;
using static TorchSharp.torch;

namespace Precision.Distributed.Nccl;

/// <summary>NCCL, for GPUs. Rank 0 makes the id by which its ranks find each other.</summary>
internal sealed unsafe class NcclEngine(NcclLibrary library, INcclDevice gpu) : IEngine
{
    public string Name => NcclCommunicator.EngineName;

    /// <exception cref="ProcessGroupException">There is no NCCL, or libtorch is one that Precision does not know.</exception>
    public static NcclEngine Find(Device device)
        => NcclGpu.IsAvailable
            ? new(NcclLibrary.Find(), new NcclGpu(device.index))
            : throw new ProcessGroupException(
                "The loaded libtorch or the driver lacks a function that work on its streams needs. Use the libtorch that Precision names.");

    public byte[] MakeOpening()
    {
        NcclId id;
        library.Check(library.GetUniqueId(&id), "ncclGetUniqueId");
        return id.ToArray();
    }

    public ICommunicator Connect(LaunchEnvironment launch, Device device, ControlChannel channel, ControlTiming timing)
        => new NcclCommunicator(library, gpu, launch, device, channel, timing);
}
