using System.IO.MemoryMappedFiles;
using System.Text;
using Precision.Interop;

namespace Precision.Runtime.Tests.Interop;

/// <summary>The entry points' names against libtorch 2.10.0's own binaries, where their packages are restored.</summary>
public class NativeSymbolsTests
{
    private static readonly string Packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    [SkippableTheory]
    [InlineData("linux-x64", "libtorch_cpu.so", "")]
    [InlineData("osx-arm64", "libtorch_cpu.dylib", "_")]
    [InlineData("win-x64", "torch_cpu.dll", "")]
    public void Every_entry_point_is_exported(string platform, string file, string prefix)
    {
        var path = Path.Combine(Packages, "libtorch-cpu-" + platform, "2.10.0", "runtimes", platform, "native", file);
        Skip.IfNot(File.Exists(path), $"libtorch-cpu-{platform} 2.10.0 is not restored here.");
        var symbols = platform.StartsWith("win", StringComparison.Ordinal) ? NativeSymbols.Microsoft : NativeSymbols.Itanium;
        var names = typeof(NativeSymbols).GetProperties()
            .Where(property => property.PropertyType == typeof(string))
            .Select(property => (string)property.GetValue(symbols)!)
            .ToArray();
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            Assert.True(Contains(path, prefix + name + "\0"), $"{name} is not in {file}");
        }

        Assert.False(Contains(path, prefix + "no_such_entry_point_of_libtorch\0"));
    }

    [Fact]
    public void A_missing_entry_point_names_itself_the_versions_and_the_remedy()
    {
        var error = Assert.Throws<NotSupportedException>(() => LibTorch.Export("no_such_entry_point_of_libtorch"));
        Assert.Contains("no_such_entry_point_of_libtorch", error.Message);
        Assert.Contains("2.10.0", error.Message);
        Assert.Contains("0.107.0", error.Message);
    }

    [Fact]
    public void An_old_libstdcxx_has_its_own_message()
    {
        var message = NativeErrors.MissingLibrary(new NotSupportedException(
            "libLibTorchSharp.so: /lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found"));
        Assert.Contains("GLIBCXX_3.4.32", message);
        Assert.Contains("Debian 13", message);
        Assert.DoesNotContain("TorchSharp-cpu", message);
    }

    [Fact]
    public void A_missing_libtorch_names_the_packages()
        => Assert.Contains("TorchSharp-cpu", NativeErrors.MissingLibrary(new NotSupportedException("no libtorch")));

    private static unsafe bool Contains(string path, string text)
    {
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            return new ReadOnlySpan<byte>(start, (int)new FileInfo(path).Length).IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }
}
