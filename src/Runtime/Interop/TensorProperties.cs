using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>
/// A tensor's dtype and kind of device, for the path of every forward. TorchSharp's own properties leave managed code for each, which
/// costs more than the answer; they are asked where libtorch refuses, since they throw with its reason.
/// </summary>
internal static unsafe class TensorProperties
{
    private static volatile Functions? functions;

    public static ScalarType DtypeOf(Tensor tensor)
    {
        int dtype;
        var error = Current.GetDtype(tensor.Handle, &dtype);
        GC.KeepAlive(tensor);
        return error == 0 ? (ScalarType)dtype : tensor.dtype;
    }

    public static DeviceType DeviceTypeOf(Tensor tensor)
    {
        int type;
        var error = Current.GetDeviceType(tensor.Handle, &type);
        GC.KeepAlive(tensor);
        return error == 0 ? (DeviceType)type : tensor.device_type;
    }

    private static Functions Current => functions ??= new Functions();

    private sealed class Functions
    {
        // SuppressGCTransition: each function reads one field of the tensor.
        public readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int*, int> GetDtype
            = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int*, int>)LibTorch.Export("aoti_torch_get_dtype");

        public readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int*, int> GetDeviceType
            = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, int*, int>)LibTorch.Export("aoti_torch_get_device_type");
    }
}
