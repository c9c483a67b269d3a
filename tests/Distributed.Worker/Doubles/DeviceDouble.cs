using Precision.Distributed.Nccl;

namespace Precision.Distributed.Worker.Doubles;

/// <summary>Stands in for a GPU: notes what is not left again, and comes to its marks only while it is told to.</summary>
internal sealed class DeviceDouble : INcclDevice
{
    public const int StreamNumber = 42;
    public const int SideStreamNumber = 43;

    private int entered;

    /// <summary>Whether the device comes to what is enqueued.</summary>
    public bool Works { get; set; } = true;

    /// <summary>How often the device is current still.</summary>
    public int Entered => entered;

    public nint Stream => StreamNumber;

    public nint SideStream => SideStreamNumber;

    public nint Enter() => Interlocked.Increment(ref entered);

    public void Leave(nint guard) => Interlocked.Decrement(ref entered);

    public nint NewMark() => 1;

    public void Record(nint mark, nint stream)
    {
    }

    public void Order(nint earlier, nint later) => NcclDouble.Note($"{later} waits for {earlier}");

    public bool IsReached(nint mark) => Works;
}
