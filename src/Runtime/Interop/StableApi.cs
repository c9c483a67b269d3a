namespace Precision.Interop;

/// <summary>
/// libtorch's stable C interface (torch/csrc/stable/c/shim.h and torch/csrc/inductor/aoti_torch/c/shim.h). A TorchSharp
/// <c>Tensor.Handle</c> is one of its tensor handles. Each function returns 0, or 1 after a C++ exception, whose text goes to
/// the standard error output only.
/// </summary>
internal static unsafe class StableApi
{
    private static volatile Functions? functions;

    /// <summary>The functions; the first use finds them.</summary>
    /// <exception cref="NotSupportedException">libtorch is missing, or lacks a function.</exception>
    // Not a static constructor: that would wrap the one clear exception in a TypeInitializationException. Two threads may
    // both make the object; either is good.
    public static Functions Current => functions ??= new Functions();

    internal sealed class Functions
    {
        /// <summary>The version of the calling convention that this libtorch speaks.</summary>
        public readonly ulong AbiVersion = ((delegate* unmanaged[Cdecl]<ulong>)LibTorch.Export("aoti_torch_abi_version"))();

        /// <summary>Runs an operator; results replace the arguments on the stack, which the callee takes.</summary>
        public readonly delegate* unmanaged[Cdecl]<byte*, byte*, ulong*, ulong, int> CallDispatcher
            = (delegate* unmanaged[Cdecl]<byte*, byte*, ulong*, ulong, int>)LibTorch.Export("torch_call_dispatcher");

        /// <summary>Makes a second handle of the same tensor.</summary>
        public readonly delegate* unmanaged[Cdecl]<nint, nint*, int> NewTensorHandle
            = (delegate* unmanaged[Cdecl]<nint, nint*, int>)LibTorch.Export("aoti_torch_new_tensor_handle");

        public readonly delegate* unmanaged[Cdecl]<nint, int> DeleteTensor
            = (delegate* unmanaged[Cdecl]<nint, int>)LibTorch.Export("aoti_torch_delete_tensor_object");

        public readonly delegate* unmanaged[Cdecl]<nuint, nint*, int> NewList
            = (delegate* unmanaged[Cdecl]<nuint, nint*, int>)LibTorch.Export("torch_new_list_reserve_size");

        public readonly delegate* unmanaged[Cdecl]<nint, ulong, int> ListPushBack
            = (delegate* unmanaged[Cdecl]<nint, ulong, int>)LibTorch.Export("torch_list_push_back");

        public readonly delegate* unmanaged[Cdecl]<nint, nuint, ulong*, int> ListGetItem
            = (delegate* unmanaged[Cdecl]<nint, nuint, ulong*, int>)LibTorch.Export("torch_list_get_item");

        public readonly delegate* unmanaged[Cdecl]<nint, nuint*, int> ListSize
            = (delegate* unmanaged[Cdecl]<nint, nuint*, int>)LibTorch.Export("torch_list_size");

        public readonly delegate* unmanaged[Cdecl]<nint, int> DeleteList
            = (delegate* unmanaged[Cdecl]<nint, int>)LibTorch.Export("torch_delete_list");

        public readonly delegate* unmanaged[Cdecl]<nint, int*, int> GetDtype
            = (delegate* unmanaged[Cdecl]<nint, int*, int>)LibTorch.Export("aoti_torch_get_dtype");

        public readonly delegate* unmanaged[Cdecl]<nint, int*, int> GetDeviceType
            = (delegate* unmanaged[Cdecl]<nint, int*, int>)LibTorch.Export("aoti_torch_get_device_type");

        public readonly delegate* unmanaged[Cdecl]<nint, int*, int> GetDeviceIndex
            = (delegate* unmanaged[Cdecl]<nint, int*, int>)LibTorch.Export("aoti_torch_get_device_index");

        public readonly delegate* unmanaged[Cdecl]<nint, int*, int> GetLayout
            = (delegate* unmanaged[Cdecl]<nint, int*, int>)LibTorch.Export("aoti_torch_get_layout");

        public readonly delegate* unmanaged[Cdecl]<nint, long*, int> GetDim
            = (delegate* unmanaged[Cdecl]<nint, long*, int>)LibTorch.Export("aoti_torch_get_dim");

        public readonly delegate* unmanaged[Cdecl]<nint, long**, int> GetSizes
            = (delegate* unmanaged[Cdecl]<nint, long**, int>)LibTorch.Export("aoti_torch_get_sizes");

        public readonly delegate* unmanaged[Cdecl]<nint, long**, int> GetStrides
            = (delegate* unmanaged[Cdecl]<nint, long**, int>)LibTorch.Export("aoti_torch_get_strides");

        public readonly delegate* unmanaged[Cdecl]<nint, void**, int> GetDataPointer
            = (delegate* unmanaged[Cdecl]<nint, void**, int>)LibTorch.Export("aoti_torch_get_data_ptr");
    }
}
