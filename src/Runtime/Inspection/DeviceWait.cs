using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>A GPU works on after a call returns; who measures time must wait for it.</summary>
internal static class DeviceWait
{
    /// <summary>Waits until all work that was given to the device is done.</summary>
    public static void Synchronize(this Device device)
    {
        if (device.type is DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }
}
