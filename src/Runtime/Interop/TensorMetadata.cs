using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>
/// What must be known of a tensor before a native call: dtype, device and memory layout, read without allocating. The shape
/// and strides point into the tensor: use them only while it lives.
/// </summary>
internal readonly unsafe ref struct TensorMetadata
{
    private const int StridedLayout = 0;

    private TensorMetadata(ScalarType dtype, DeviceType deviceType, int deviceIndex, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        Dtype = dtype;
        DeviceType = deviceType;
        DeviceIndex = deviceIndex;
        Shape = shape;
        Strides = strides;
    }

    public ScalarType Dtype { get; }

    public DeviceType DeviceType { get; }

    /// <summary>The number of the device; -1 or 0 for a CPU.</summary>
    public int DeviceIndex { get; }

    /// <summary>The number of elements in each dimension.</summary>
    public ReadOnlySpan<long> Shape { get; }

    /// <summary>The distance of neighbours in each dimension, in elements.</summary>
    public ReadOnlySpan<long> Strides { get; }

    public long ElementCount
    {
        get
        {
            long product = 1;
            foreach (var size in Shape)
            {
                product *= size;
            }

            return product;
        }
    }

    /// <summary>Whether the elements lie in one stretch of memory in the order of their indices.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] > 1 && Strides[i] != expected)
                {
                    return Shape.Contains(0);
                }

                expected *= Shape[i];
            }

            return true;
        }
    }

    /// <summary>Whether the elements fill one stretch of memory, each place once: what a fused kernel walks through.</summary>
    public bool IsDense
    {
        get
        {
            // Each dimension's stride must be the number of elements in the dimensions of smaller stride.
            Span<bool> used = stackalloc bool[Shape.Length];
            long expected = 1;
            for (var found = 0; found < Shape.Length; found++)
            {
                var next = -1;
                for (var i = 0; i < Shape.Length; i++)
                {
                    if (!used[i] && (Shape[i] <= 1 || Strides[i] == expected))
                    {
                        next = i;
                        break;
                    }
                }

                if (next < 0)
                {
                    return Shape.Contains(0);
                }

                used[next] = true;
                expected *= Math.Max(Shape[next], 1);
            }

            return true;
        }
    }

    /// <summary>Reads what libtorch knows of a tensor.</summary>
    /// <param name="tensor">A tensor that is not disposed (see <see cref="Tensors"/>).</param>
    /// <param name="name">The argument's name, for the message.</param>
    /// <exception cref="ArgumentException">The tensor is undefined, or not strided (sparse, MKL-DNN).</exception>
    public static TensorMetadata Of(Tensor tensor, string name)
    {
        var api = StableApi.Current;
        var handle = tensor.Handle;
        int dtype, deviceType, deviceIndex, layout;
        long dimensions;
        long* shape, strides;
        if (api.GetLayout(handle, &layout) != 0 || layout != StridedLayout)
        {
            throw new ArgumentException($"'{name}' is sparse or undefined: multi-tensor kernels take dense tensors. Use to_dense().", name);
        }

        if (api.GetDtype(handle, &dtype) != 0 || api.GetDeviceType(handle, &deviceType) != 0
            || api.GetDeviceIndex(handle, &deviceIndex) != 0 || api.GetDim(handle, &dimensions) != 0
            || api.GetSizes(handle, &shape) != 0 || api.GetStrides(handle, &strides) != 0)
        {
            throw new ArgumentException($"libtorch cannot say what '{name}' is: it has no storage of its own.", name);
        }

        GC.KeepAlive(tensor);
        return new TensorMetadata(
            (ScalarType)dtype, (DeviceType)deviceType, deviceIndex, new(shape, (int)dimensions), new(strides, (int)dimensions));
    }

    public bool SameDevice(in TensorMetadata other) => DeviceType == other.DeviceType && DeviceIndex == other.DeviceIndex;

    public bool SameShape(in TensorMetadata other) => Shape.SequenceEqual(other.Shape);

    /// <summary>Whether element i of this tensor's memory is element i of the other's: equal shape and equal strides where they count.</summary>
    public bool SameLayout(in TensorMetadata other)
    {
        if (!SameShape(other))
        {
            return false;
        }

        for (var i = 0; i < Shape.Length; i++)
        {
            if (Shape[i] > 1 && Strides[i] != other.Strides[i])
            {
                return false;
            }
        }

        return true;
    }

    public override string ToString() => $"{Dtype}[{string.Join(", ", Shape.ToArray())}] on {DeviceName}";

    private string DeviceName => DeviceType is DeviceType.CPU ? "cpu" : $"{DeviceType}:{DeviceIndex}".ToLowerInvariant();
}
