using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Precision.Interop;

/// <summary>What to tell a user whose machine lacks a part of libtorch: the cause, the versions and the remedy.</summary>
internal static partial class NativeErrors
{
    /// <summary>The libtorch that the symbols and operations were read from.</summary>
    private const string KnownLibTorch = "2.10.0";

    /// <summary>libtorch is loaded and does not export <paramref name="symbol"/>.</summary>
    public static string MissingSymbol(string symbol)
        => $"The loaded libtorch does not export '{symbol}'. Precision {Version(typeof(NativeErrors))} was made for libtorch "
            + $"{KnownLibTorch}, which TorchSharp 0.107.0 brings; TorchSharp {Version(typeof(torch))} is loaded. "
            + "Use a TorchSharp package whose libtorch this version of Precision names, or a newer Precision.";

    /// <summary>libtorch, or TorchSharp's own native library, could not be loaded.</summary>
    /// <param name="error">What TorchSharp threw; null when it loaded and no libtorch is among the process's modules.</param>
    public static string MissingLibrary(Exception? error)
    {
        var details = error?.ToString() ?? "";
        if (NeededGlibcxx().Match(details) is { Success: true } needed)
        {
            return $"TorchSharp's native library needs {needed.Value}, a newer libstdc++ than this machine has (it comes with GCC "
                + "13: Debian 13, Ubuntu 24.04, Fedora 38 or later). Install that libstdc++6, or put a newer libstdc++.so.6 "
                + "first on LD_LIBRARY_PATH.";
        }

        return $"libtorch could not be loaded. Precision {Version(typeof(NativeErrors))} works on the libtorch {KnownLibTorch} of "
            + $"TorchSharp 0.107.0 (loaded: TorchSharp {Version(typeof(torch))}). Reference one of the packages that bring it "
            + "(TorchSharp-cpu, TorchSharp-cuda-linux, TorchSharp-cuda-windows) in the program's project.";
    }

    /// <summary>libtorch threw inside an operator, whose arguments this library had checked.</summary>
    public static string Refused(ReadOnlySpan<byte> name, ReadOnlySpan<byte> overload)
        => $"libtorch refused '{Encoding.UTF8.GetString(name)}{(overload.IsEmpty ? "" : ".")}{Encoding.UTF8.GetString(overload)}'; "
            + "why is on the standard error output. An operator that it does not know, or not on this device, means a "
            + $"libtorch other than {KnownLibTorch}: use the TorchSharp package that this version of Precision names.";

    private static string Version(Type type)
        => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? type.Assembly.GetName().Version?.ToString()
            ?? "of unknown version";

    [GeneratedRegex(@"GLIBCXX_[0-9.]*[0-9]")]
    private static partial Regex NeededGlibcxx();
}
