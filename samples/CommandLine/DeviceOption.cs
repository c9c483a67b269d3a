using System.CommandLine;
using Precision;
using TorchSharp;
using static TorchSharp.torch;

namespace Samples.CommandLine;

/// <summary>Where to compute.</summary>
public static class DeviceOption
{
    public static Option<string> Create() => new Option<string>("--device")
    {
        Description = "Where to compute. (cuda needs a build with -p:LibTorch=cuda, or none and libtorch on LD_LIBRARY_PATH.)",
        DefaultValueFactory = _ => "cpu",
    }.AcceptOnlyFromAmong("cpu", "cuda");

    /// <exception cref="UserErrorException">The device is not there.</exception>
    /// <exception cref="NotSupportedException">libtorch is missing or does not fit; the message says what to do.</exception>
    public static Device Parse(string name)
    {
        // The library's first look at libtorch has the clearer messages, so it comes before TorchSharp's own.
        Autocast.IsEnabled(new Device(DeviceType.CPU));
        return name == "cpu" || cuda.is_available()
            ? device(name)
            : throw new UserErrorException(
                "There is no CUDA device that this program can use.",
                "Use --device cpu; or, on a machine with an NVIDIA GPU, build with -p:LibTorch=cuda.");
    }
}
