using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Operations.Tests.Oracle;

/// <summary>Calls in which libtorch does otherwise than the row says, and why the row is right all the same.</summary>
internal static class Exceptions
{
    public static bool Has(Operation operation, Probe probe) => (operation.Type, operation.Member) switch
    {
        // oneDNN computes LSTMs of float32 and BFloat16; the fallback for Float16 promotes its state with the region's dtype.
        ("TorchSharp.Modules.LSTM", _) => probe.Device is DeviceType.CPU && probe.Receiver is ScalarType.Float16,

        // Products inside are cast to the region's dtype, and the decomposition before them has no 16-bit kernels.
        (_, "pinv" or "pinverse") => probe.Receiver is not ScalarType.Float32,

        // Its CUDA code writes a float32 result of autocast into a 16-bit tensor, which libtorch refuses.
        (_, "matrix_exp") => probe.Device is DeviceType.CUDA && probe.Receiver is not ScalarType.Float32,
        _ => false,
    };
}
