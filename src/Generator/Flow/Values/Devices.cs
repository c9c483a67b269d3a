namespace Precision.Generator.Flow.Values;

/// <summary>Kinds of devices, as far as autocast's lists differ between them.</summary>
[Flags]
internal enum Devices
{
    None = 0,
    Cpu = 1 << 0,
    Cuda = 1 << 1,

    /// <summary>Wherever the code runs.</summary>
    Any = Cpu | Cuda,
}
