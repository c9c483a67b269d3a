using Precision.Interop;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// What a 16-bit weight is known by, to notice that somebody else wrote it. The version counts every in-place operation on any
/// device; TorchSharp's <c>Module.load</c> writes a CPU tensor's memory past it, which the sample shows. Reading costs no
/// operator call and never waits for a device.
/// </summary>
internal readonly record struct WeightState(long Version, ulong Sample)
{
    public static WeightState Of(Tensor weight) => new(VariableData.Version(weight), VariableData.Sample16Bit(weight));
}
