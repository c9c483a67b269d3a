using Precision.Distributed.Control;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>A library that joins ranks, as it is before they are joined.</summary>
internal interface IEngine
{
    /// <summary>The same on all ranks of a group.</summary>
    string Name { get; }

    /// <summary>What rank 0 gives all ranks to connect with; may be nothing.</summary>
    byte[] MakeOpening();

    /// <summary>Connects with the other ranks, which all do the same.</summary>
    ICommunicator Connect(LaunchEnvironment launch, Device device, ControlChannel channel, ControlTiming timing);
}
