using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Operations.Tests.Oracle;

/// <summary>The dtypes that an operation's floating inputs have when it is called in a BFloat16 region.</summary>
/// <param name="Receiver">The dtype of the first floating tensor.</param>
/// <param name="Others">The dtype of all further ones.</param>
/// <param name="Device">Where they are.</param>
internal sealed record Probe(ScalarType Receiver, ScalarType Others, DeviceType Device)
{
    /// <summary>The region's dtype.</summary>
    public const ScalarType Region = ScalarType.BFloat16;

    public bool IsMixed => Receiver != Others;

    public static Probe Uniform(ScalarType dtype, DeviceType device) => new(dtype, dtype, device);

    public override string ToString() => IsMixed ? $"{Receiver} with {Others}" : $"{Receiver}";
}
