using Precision.Interop;
using System.Text.Json.Serialization;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>A tensor in a checkpoint.</summary>
/// <param name="Name">Its name; for a random state the device, for a state of an optimizer the field.</param>
/// <param name="Dtype">Its dtype, by TorchSharp's name.</param>
/// <param name="Shape">Its shape; the elements follow each other in row-major order, little-endian.</param>
internal sealed record SavedTensor(string Name, string Dtype, long[] Shape)
{
    /// <summary>The most dimensions that libtorch's operators take.</summary>
    public const int MaxDimensions = 64;

    /// <summary>How large an element of each dtype is that a file can hold, in bytes.</summary>
    private static readonly Dictionary<string, (ScalarType Dtype, int Size)> Dtypes = new[]
    {
        (ScalarType.Bool, 1), (ScalarType.Byte, 1), (ScalarType.Int8, 1), (ScalarType.Int16, 2), (ScalarType.Int32, 4),
        (ScalarType.Int64, 8), (ScalarType.Float16, 2), (ScalarType.BFloat16, 2), (ScalarType.Float32, 4), (ScalarType.Float64, 8),
        (ScalarType.ComplexFloat32, 8), (ScalarType.ComplexFloat64, 16),
    }.ToDictionary(static entry => entry.Item1.ToString());

    /// <summary>The elements: an alias of a live tensor, a copy, or what a file held. Freed with the state that it belongs to.</summary>
    [JsonIgnore]
    public Tensor? Value { get; set; }

    /// <summary>Where it begins, in bytes from the beginning of the checkpoint; known once the index is read.</summary>
    [JsonIgnore]
    public long Position { get; set; }

    /// <summary>The rank of the process that has the elements, while a training over several processes is saved.</summary>
    [JsonIgnore]
    public int Owner { get; set; }

    [JsonIgnore]
    public ScalarType ScalarType => Dtypes[Dtype].Dtype;

    /// <summary>Takes a live tensor into a state, without copying it: an alias in the caller's dispose scope.</summary>
    /// <exception cref="NotSupportedException">A file cannot hold it.</exception>
    public static SavedTensor Of(string name, Tensor tensor)
    {
        if (Kind(tensor) is { } kind)
        {
            throw new NotSupportedException(
                $"'{name}' is a {kind} tensor, which no checkpoint can hold. Make it a dense one, or register it with persistent: false.");
        }

        return new SavedTensor(name, tensor.dtype.ToString(), tensor.shape) { Value = Lifetime.After(tensor.detach(), tensor) };
    }

    /// <summary>The kind of a tensor that is not numbers in memory; null for one that is.</summary>
    public static string? Kind(Tensor tensor)
        => tensor.is_sparse ? "sparse"
            : tensor.device_type is DeviceType.META ? "meta"
            : Dtypes.ContainsKey(tensor.dtype.ToString()) ? null
            : tensor.dtype.ToString();

    /// <summary>Reads the elements from where a stream stands; <see cref="Length"/> says that they can be there.</summary>
    /// <exception cref="EndOfStreamException">The stream ends before.</exception>
    public void ReadValue(Stream stream)
    {
        Value = empty(Shape, dtype: Dtypes[Dtype].Dtype).DetachFromDisposeScope();
        if (Length() is > 0 and var length)
        {
            Value.ReadBytesFromStream(stream, (int)Math.Min(CheckpointWriter.BufferSize, length));
            GC.KeepAlive(Value);
        }
    }

    /// <summary>How long it is in the file, in bytes; null where dtype or shape cannot be.</summary>
    public long? Length()
    {
        if (!Dtypes.TryGetValue(Dtype, out var element) || Shape.Length > MaxDimensions || Shape.Any(static size => size < 0))
        {
            return null;
        }

        try
        {
            // libtorch computes strides beside a dimension of 0 too.
            var length = Shape.Aggregate((long)element.Size, static (length, size) => checked(length * Math.Max(size, 1)));
            return Shape.Contains(0) ? 0 : length;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <summary>What keeps the elements from being copied into a tensor; null if nothing does.</summary>
    public string? Mismatch(Tensor own, string what)
        => Dtype == own.dtype.ToString() && Shape.SequenceEqual(own.shape)
            ? null
            : $"the {what} '{Name}' is {Dtype}[{string.Join(", ", Shape)}], this training's is {own.dtype}[{string.Join(", ", own.shape)}]";
}
