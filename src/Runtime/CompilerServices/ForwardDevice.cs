using System.ComponentModel;
using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// Finds the device of a generated forward's region: the first tensor input that is on an accelerator, else the CPU if there
/// is any tensor input, else where the module's first parameter or buffer is, else the CPU. (An accelerator wins because
/// lengths and other small tensors stay on the CPU beside data on a GPU.) Called by generated code only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct ForwardDevice
{
    private readonly bool found;

    private ForwardDevice(DeviceType type, int index)
    {
        found = true;
        Type = type;
        Index = index;
    }

    /// <summary>No input seen yet.</summary>
    public static ForwardDevice None => default;

    internal DeviceType Type { get; }

    internal int Index { get; }

    /// <summary>The kind of device of the inputs; null where there was no tensor among them.</summary>
    internal DeviceType? Found => found ? Type : null;

    /// <summary>Takes one more input into account.</summary>
    public ForwardDevice Or(Tensor? input)
    {
        if (input is null || (found && Type is not DeviceType.CPU))
        {
            return this;
        }

        var type = TensorProperties.DeviceTypeOf(input);
        return type is DeviceType.CPU ? new ForwardDevice(type, -1) : new ForwardDevice(type, input.device_index);
    }

    /// <summary>Takes the tensors of an array into account.</summary>
    public ForwardDevice OrEach<T>(T[]? inputs, Func<ForwardDevice, T, ForwardDevice> search)
    {
        var device = this;
        foreach (var input in inputs ?? [])
        {
            device = search(device, input);
        }

        return device;
    }

    /// <summary>Takes the tensors of a collection into account, unless it is computed while it is read.</summary>
    public ForwardDevice OrEach<T>(IEnumerable<T>? inputs, Func<ForwardDevice, T, ForwardDevice> search)
    {
        var device = this;
        foreach (var input in inputs is not null && ForwardCollections.IsStored(inputs) ? inputs : [])
        {
            device = search(device, input);
        }

        return device;
    }

    /// <summary>Takes one more input, of a type that only the run time knows, into account.</summary>
    public ForwardDevice OrAny<T>(T input) => input is Tensor tensor ? Or(tensor) : this;

    internal ForwardDevice OrOf(nn.Module module)
        => found ? this : Or(module.parameters().FirstOrDefault() ?? module.buffers().FirstOrDefault());
}
