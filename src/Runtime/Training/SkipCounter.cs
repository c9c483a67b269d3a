using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Counts skipped steps on the device. Looking waits for it, so that on a GPU it is done only once in a while.</summary>
internal sealed class SkipCounter : IDisposable
{
    private readonly int limit;
    private readonly bool isOnHost;
    private readonly Tensor inARow;
    private readonly Tensor total;
    private int untilNextLook;

    /// <summary>Counts from 0.</summary>
    /// <param name="device">Where the answers of the steps are.</param>
    /// <param name="limit">How many in a row are told.</param>
    public SkipCounter(Device device, int limit)
    {
        this.limit = limit;
        isOnHost = device.type is DeviceType.CPU;
        inARow = zeros([], dtype: float32, device: device).DetachFromDisposeScope();
        total = zeros([], dtype: int64, device: device).DetachFromDisposeScope();
        untilNextLook = limit;
    }

    public long Total
    {
        get => total.item<long>();
        set => Fill(total, value);
    }

    /// <summary>Skipped steps in a row, the last one included.</summary>
    public int InARow
    {
        get => (int)inARow.item<float>();
        set => Fill(inARow, value);
    }

    /// <summary>Counts a step.</summary>
    /// <param name="foundInf">1 where it was skipped, else 0.</param>
    /// <param name="isKnown">Whether the host has waited for this step already.</param>
    /// <returns>How many were skipped in a row, if that is to be told now.</returns>
    public int? Count(Tensor foundInf, bool isKnown)
    {
        using (NewDisposeScope())
        {
            var onDevice = foundInf.to(inARow.device);
            inARow.add_(onDevice, Scalars.One).mul_(onDevice);
            total.add_(onDevice.to(int64), Scalars.One);
            GC.KeepAlive(foundInf);
        }

        untilNextLook--;
        if (!isOnHost && !isKnown && untilNextLook > 0)
        {
            return null;
        }

        untilNextLook = limit;
        return InARow is var skipped && skipped >= limit ? skipped : null;
    }

    private static void Fill(Tensor counter, long value)
    {
        using Scalar number = value;
        counter.fill_(number);
        GC.KeepAlive(counter);
    }

    public void Dispose()
    {
        inARow.Dispose();
        total.Dispose();
    }
}
