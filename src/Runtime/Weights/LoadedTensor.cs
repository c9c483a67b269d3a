using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>The check of a tensor that is to be copied into a weight.</summary>
internal static class LoadedTensor
{
    /// <summary>What keeps a tensor from being copied; null if nothing does.</summary>
    /// <param name="name">The weight's name.</param>
    /// <param name="own">The weight.</param>
    /// <param name="source">The tensor.</param>
    public static string? Mismatch(string name, Tensor own, Tensor? source)
    {
        if (source is null || source.IsInvalid)
        {
            return $"'{name}' is {(source is null ? "null" : "disposed")}";
        }

        if (SavedTensor.Kind(source) is { } kind)
        {
            return $"'{name}' is a {kind} tensor: only dense ones with numbers in memory can be loaded";
        }

        if (own.device_type is DeviceType.META)
        {
            return $"the model's '{name}' is on the meta device, which holds no numbers: copying there would do nothing";
        }

        // copy_ would drop imaginary parts and fractions.
        var fits = own.is_complex() || (!source.is_complex() && (own.is_floating_point() || !source.is_floating_point()));
        return fits && source.shape.SequenceEqual(own.shape)
            ? null
            : $"'{name}' is {source.dtype}[{string.Join(", ", source.shape)}], the model's is {own.dtype}[{string.Join(", ", own.shape)}]";
    }
}
