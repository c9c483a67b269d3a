using static TorchSharp.torch;

namespace Precision;

/// <summary>Between this library's dtypes and TorchSharp's.</summary>
internal static class DtypeExtensions
{
    /// <summary>TorchSharp's name of a concrete dtype.</summary>
    /// <exception cref="ArgumentException">The dtype is unspecified, or Auto before it was resolved on a device.</exception>
    public static ScalarType ToScalarType(this Dtype dtype) => dtype switch
    {
        Dtype.Float32 => ScalarType.Float32,
        Dtype.Float16 => ScalarType.Float16,
        Dtype.BFloat16 => ScalarType.BFloat16,
        _ => throw new ArgumentException($"{dtype} names no one format: give Float32, Float16 or BFloat16.", nameof(dtype)),
    };

    /// <summary>The name in configurations, on command lines and in reports: PyTorch's, in lower case.</summary>
    public static string Name(this Dtype dtype) => dtype.ToString().ToLowerInvariant();

    public static bool Is16Bit(this Dtype dtype) => dtype is Dtype.Float16 or Dtype.BFloat16;

    public static bool Is16Bit(this ScalarType dtype) => dtype is ScalarType.Float16 or ScalarType.BFloat16;
}
