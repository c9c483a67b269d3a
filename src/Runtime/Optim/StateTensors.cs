using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Optim;

/// <summary>Reading and writing tensors of optimizer states, whatever their device and strides.</summary>
internal static class StateTensors
{
    public static void Save(BinaryWriter writer, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        tensor.contiguous().Save(writer);
        GC.KeepAlive(tensor);
    }

    /// <exception cref="InvalidDataException">The stream holds a tensor of another shape.</exception>
    public static void Load(BinaryReader reader, Tensor target, string name)
    {
        using var scope = NewDisposeScope();
        var source = TensorExtensionMethods.Load(reader);
        if (!source.shape.SequenceEqual(target.shape))
        {
            throw new InvalidDataException(
                $"The saved {name} has the shape [{string.Join(", ", source.shape)}], this optimizer's [{string.Join(", ", target.shape)}].");
        }

        target.copy_(source);
        GC.KeepAlive(target);
    }

    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void CheckLoad(Tensor own, Tensor source, string name)
    {
        if (!own.shape.SequenceEqual(source.shape))
        {
            throw new ArgumentException(
                $"The {name} to load has the shape [{string.Join(", ", source.shape)}], this optimizer's [{string.Join(", ", own.shape)}].");
        }
    }

    /// <exception cref="InvalidOperationException">The device is not the parameter's.</exception>
    public static void CheckStays(Tensor parameter, Device device)
    {
        if (device.type != parameter.device_type || (device.index >= 0 && device.index != parameter.device_index))
        {
            throw new InvalidOperationException(
                $"The state of an optimizer stays beside its parameters, which are on {parameter.device}: it cannot move to {device}. "
                + "Move the model first, then make the optimizer.");
        }
    }
}
