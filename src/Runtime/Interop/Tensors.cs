using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>The checks that turn what would crash in native code into .NET exceptions.</summary>
internal static class Tensors
{
    /// <summary>Refuses a tensor without a native handle.</summary>
    /// <exception cref="ArgumentNullException">There is no tensor.</exception>
    /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
    public static void Check(Tensor? tensor, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (tensor.IsInvalid)
        {
            throw new ObjectDisposedException(
                name, $"The tensor '{name}' is disposed. Keep it out of the dispose scope that ended (DetachFromDisposeScope).");
        }
    }

    /// <summary>Refuses a list that holds nothing usable at some place.</summary>
    /// <exception cref="ArgumentException">An element is null.</exception>
    /// <exception cref="ObjectDisposedException">An element is disposed.</exception>
    public static void Check(IReadOnlyList<Tensor> tensors, string name)
    {
        ArgumentNullException.ThrowIfNull(tensors, name);
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i] is null)
            {
                throw new ArgumentException($"{name}[{i}] is null.", name);
            }

            if (tensors[i].IsInvalid)
            {
                Check(tensors[i], $"{name}[{i}]");
            }
        }
    }

    /// <summary>Refuses lists of different lengths.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void CheckSameLength(IReadOnlyList<Tensor> first, IReadOnlyList<Tensor> second, string firstName, string secondName)
    {
        if (first.Count != second.Count)
        {
            throw new ArgumentException(
                $"{firstName} has {first.Count} tensors and {secondName} {second.Count}: they must correspond one to one.", secondName);
        }
    }

    /// <summary>Refuses tensors that are not all on one device.</summary>
    /// <exception cref="ArgumentException">A tensor is on another device than the first.</exception>
    public static void CheckOneDevice(IReadOnlyList<Tensor> tensors, string name)
    {
        if (tensors.Count == 0)
        {
            return;
        }

        var first = TensorMetadata.Of(tensors[0], name);
        for (var i = 1; i < tensors.Count; i++)
        {
            var other = TensorMetadata.Of(tensors[i], name);
            if (!other.SameDevice(first))
            {
                throw new ArgumentException(
                    $"{name}[{i}] is {other.ToString()}, {name}[0] is {first.ToString()}: one call takes tensors of one device.", name);
            }
        }
    }

    /// <summary>Refuses what is not one float32 number on the device of <paramref name="beside"/>.</summary>
    /// <exception cref="ArgumentException">Another dtype, number of elements or device.</exception>
    public static void CheckScalar(Tensor tensor, string name, in TensorMetadata beside)
    {
        Check(tensor, name);
        var scalar = TensorMetadata.Of(tensor, name);
        if (scalar.Dtype is not ScalarType.Float32 || scalar.ElementCount != 1 || !scalar.SameDevice(beside))
        {
            throw new ArgumentException(
                $"'{name}' is {scalar.ToString()}: it must be one Float32 number on the device of {beside.ToString()}.", name);
        }
    }
}
