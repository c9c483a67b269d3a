using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow;

/// <summary>That a value certainly has a dtype, in some scenarios.</summary>
/// <param name="Dtypes">The dtype; several where the class runs in several, and the value has one of them in each.</param>
/// <param name="Devices">Where: <see cref="Values.Devices.Any"/> where it does not depend on the device.</param>
/// <param name="Origin">Where it got the dtype.</param>
/// <param name="Path">How an annotated model reaches the code; null in the model's own members and outside of models.</param>
/// <param name="IsPartial">Whether the code also runs where the value may have another dtype: for another model, or for none.</param>
internal sealed record Finding(Dtypes Dtypes, Devices Devices, DtypeOrigin? Origin, string? Path = null, bool IsPartial = false)
{
    /// <summary>For a message, after the dtype: on which device and in which model; empty where it does not depend on them.</summary>
    public string Where => (Devices switch
    {
        Devices.Cpu => " on a CPU",
        Devices.Cuda => " on CUDA",
        _ => "",
    }) + (Path is null ? "" : $" in {Path}");

    /// <summary>Whether it holds wherever the code runs.</summary>
    public bool IsEverywhere => Devices is Devices.Any && !IsPartial;
}
