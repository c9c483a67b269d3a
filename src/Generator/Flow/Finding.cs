using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow;

/// <summary>That a value certainly has a dtype, in some scenarios.</summary>
/// <param name="Dtypes">The dtype; several where the class runs in several, and the value has one of them in each.</param>
/// <param name="Devices">Where: <see cref="Values.Devices.Any"/> where it does not depend on the device.</param>
/// <param name="Origin">Where it got the dtype.</param>
internal sealed record Finding(Dtypes Dtypes, Devices Devices, DtypeOrigin? Origin)
{
    /// <summary>For a message: where the dtype comes from.</summary>
    public string OriginText => Origin?.ToString() ?? "as its input is";

    /// <summary>For the end of a message: empty, <c> on a CPU</c> or <c> on CUDA</c>.</summary>
    public string OnDevice => Devices switch
    {
        Devices.Cpu => " on a CPU",
        Devices.Cuda => " on CUDA",
        _ => "",
    };
}
