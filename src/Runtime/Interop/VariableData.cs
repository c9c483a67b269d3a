using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>What a tensor is made of: which tensor of libtorch's it is, and its data.</summary>
internal static unsafe class VariableData
{
    private static delegate* unmanaged[Cdecl]<nint, long> version;

    /// <summary>libtorch's own tensor, equal for two TorchSharp objects that are handles of one tensor.</summary>
    // A TorchSharp handle points to an at::Tensor, which is one pointer to the TensorImpl.
    public static nint Identity(Tensor tensor) => Lifetime.After(*(nint*)tensor.Handle, tensor);

    /// <summary>How often the tensor was written in place, as autograd counts it. Not for inference tensors: they abort.</summary>
    /// <exception cref="NotSupportedException">libtorch is missing, or lacks the function.</exception>
    public static long Version(Tensor tensor)
    {
        if (version is null)
        {
            version = (delegate* unmanaged[Cdecl]<nint, long>)LibTorch.Export(NativeSymbols.Current.TensorVersion);
        }

        var result = version(tensor.Handle);
        GC.KeepAlive(tensor);
        return result;
    }

    /// <summary>Whether the tensor was made in inference mode, so that it has no version and cannot be trained.</summary>
    public static bool IsInference(Tensor tensor)
    {
        using var call = new DispatcherCall();
        call.Add(tensor);
        return call.InvokeBool("aten::is_inference"u8);
    }

    /// <summary>
    /// Replaces a tensor's data, also by data of another dtype: the tensor stays the object that it is, for modules, optimizers
    /// and native layers alike. libtorch makes a new gradient accumulator when the dtype changes, so that the next backward
    /// gives gradients of the new dtype; a graph that was recorded before must not be used any more.
    /// </summary>
    /// <exception cref="InvalidOperationException">libtorch refused.</exception>
    public static void Set(Tensor tensor, Tensor data)
    {
        using var _ = no_grad();
        using var call = new DispatcherCall();
        call.Add(tensor);
        call.Add(data);
        call.Invoke("aten::set_data"u8);
    }

    /// <summary>
    /// A number made from a few of a 16-bit tensor's elements, spread over its memory; 0 where the host cannot read them or the
    /// memory has gaps.
    /// </summary>
    public static ulong Sample16Bit(Tensor tensor)
    {
        const int samples = 16;
        var metadata = TensorMetadata.Of(tensor, nameof(tensor));
        void* data;
        if (metadata.DeviceType is not DeviceType.CPU || !metadata.IsDense
            || StableApi.Current.GetDataPointer(tensor.Handle, &data) != 0 || data is null)
        {
            return 0;
        }

        // FNV-1a over 16-bit words.
        var count = metadata.ElementCount;
        var hash = 14695981039346656037UL;
        for (var i = 0; i < Math.Min(samples, count); i++)
        {
            var index = count <= samples ? i : i * (count - 1) / (samples - 1);
            hash = (hash ^ ((ushort*)data)[index]) * 1099511628211UL;
        }

        GC.KeepAlive(tensor);
        return hash;
    }
}
