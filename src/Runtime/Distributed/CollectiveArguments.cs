using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>Refuses what no engine could do right, before any rank waits for another.</summary>
internal static class CollectiveArguments
{
    /// <summary>Refuses a tensor whose memory an engine cannot take as it lies.</summary>
    /// <param name="tensor">What is given to a collective.</param>
    /// <param name="device">The group's.</param>
    /// <param name="name">The argument's name, for the message.</param>
    public static TensorMetadata Check(Tensor tensor, Device device, string name)
    {
        Tensors.Check(tensor, name);
        var metadata = TensorMetadata.Of(tensor, name);
        if (metadata.DeviceType != device.type || (device.type is not DeviceType.CPU && metadata.DeviceIndex != device.index))
        {
            throw new ArgumentException(
                $"'{name}' is {metadata.ToString()}, and this rank's device is {device}. Move it there: tensor.to(group.Device).", name);
        }

        if (!metadata.IsContiguous)
        {
            throw new ArgumentException(
                $"'{name}' ({metadata.ToString()}) is not contiguous: ranks exchange one stretch of memory. "
                    + "Use contiguous() and copy the result back.",
                name);
        }

        return metadata;
    }

    /// <summary>Refuses a reduction that the engine has not.</summary>
    public static void CheckReduction(ICommunicator engine, ScalarType dtype, ReduceOperation operation, string name)
    {
        if (!Enum.IsDefined(operation))
        {
            throw new ArgumentOutOfRangeException(nameof(operation), operation, "Use Sum, Average, Maximum or Minimum.");
        }

        if (operation is ReduceOperation.Average && !is_floating_point(dtype))
        {
            throw new ArgumentException($"'{name}' is {dtype}, and an average has fractions. Use Sum, or a floating dtype.", name);
        }

        if (!engine.CanReduce(dtype))
        {
            throw new NotSupportedException(
                $"{engine.Name} cannot reduce {dtype} ('{name}'). Reduce a copy of another dtype: tensor.to(ScalarType.Float32).");
        }
    }

    /// <summary>Refuses a root that is no rank.</summary>
    public static void CheckRoot(int root, int worldSize)
    {
        if (root < 0 || root >= worldSize)
        {
            throw new ArgumentOutOfRangeException(nameof(root), root, $"The group has the ranks 0 to {worldSize - 1}.");
        }
    }

    /// <summary>Refuses a whole that is not one part for each rank, or that shares memory with the part at another place than the part's.</summary>
    public static unsafe void CheckParts(
        Tensor whole, in TensorMetadata wholeMetadata, string wholeName, Tensor part, in TensorMetadata partMetadata, string partName,
        int rank, int worldSize)
    {
        if (wholeMetadata.Dtype != partMetadata.Dtype || wholeMetadata.ElementCount != worldSize * partMetadata.ElementCount)
        {
            throw new ArgumentException(
                $"'{wholeName}' ({wholeMetadata.ToString()}) must have the dtype of '{partName}' ({partMetadata.ToString()}) "
                    + $"and {worldSize} times its elements, one part for each rank.",
                wholeName);
        }

        var bytes = partMetadata.ElementCount * part.element_size();
        var distance = Pointer(part) - Pointer(whole);
        if (distance > -bytes && distance < worldSize * bytes && distance != rank * bytes)
        {
            throw new ArgumentException($"'{partName}' shares memory with '{wholeName}' and is not this rank's part of it.", partName);
        }
    }

    /// <summary>Where the first element lies. Keep the tensor alive through what is done there.</summary>
    public static unsafe nint Pointer(Tensor tensor)
    {
        void* pointer;
        var error = StableApi.Current.GetDataPointer(tensor.Handle, &pointer);
        GC.KeepAlive(tensor);
        return error == 0 ? (nint)pointer : throw new ArgumentException("The tensor has no memory.", nameof(tensor));
    }
}
