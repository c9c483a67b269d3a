using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>The autocast state of a thread on every kind of device, so that another thread can have the same.</summary>
/// <param name="Cpu">On the CPU.</param>
/// <param name="Cuda">On CUDA.</param>
/// <param name="Mps">On MPS.</param>
/// <param name="IsInRegion">Whether the thread was in a region of this library, on or off.</param>
internal readonly record struct AutocastSnapshot(
    AutocastSnapshot.OfDevice Cpu, AutocastSnapshot.OfDevice Cuda, AutocastSnapshot.OfDevice Mps, bool IsInRegion)
{
    /// <summary>Whether autocast is on for some kind of device.</summary>
    public bool IsEnabled => Cpu.Enabled || Cuda.Enabled || Mps.Enabled;

    /// <summary>The same with autocast off.</summary>
    public AutocastSnapshot Disabled => this with
    {
        Cpu = Cpu with { Enabled = false },
        Cuda = Cuda with { Enabled = false },
        Mps = Mps with { Enabled = false },
    };

    /// <summary>The calling thread's state.</summary>
    /// <exception cref="NotSupportedException">libtorch is missing, or lacks a function.</exception>
    public static AutocastSnapshot Take()
        => new(OfDevice.Take(DeviceType.CPU), OfDevice.Take(DeviceType.CUDA), OfDevice.Take(DeviceType.MPS), AutocastRegion.IsAnyOpen);

    /// <summary>Gives the calling thread this state.</summary>
    public void Apply()
    {
        Cpu.Apply(DeviceType.CPU);
        Cuda.Apply(DeviceType.CUDA);
        Mps.Apply(DeviceType.MPS);
    }

    /// <summary>Whether autocast is on for a kind of device; false for one that has none.</summary>
    public bool IsEnabledOn(DeviceType device) => device switch
    {
        DeviceType.CPU => Cpu.Enabled,
        DeviceType.CUDA => Cuda.Enabled,
        DeviceType.MPS => Mps.Enabled,
        _ => false,
    };

    /// <summary>The state for one kind of device.</summary>
    internal readonly record struct OfDevice(bool Enabled, ScalarType Dtype)
    {
        public static OfDevice Take(DeviceType device)
            => AutocastState.CanUse(device) ? new(AutocastState.IsEnabled(device), AutocastState.GetDtype(device)) : default;

        public void Apply(DeviceType device)
        {
            AutocastState.SetDtype(device, Dtype);
            AutocastState.SetEnabled(device, Enabled);
        }
    }
}
