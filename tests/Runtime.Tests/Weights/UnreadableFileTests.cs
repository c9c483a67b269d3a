using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Weights;

/// <summary>A path that cannot be read is not taken for damaged content.</summary>
public sealed class UnreadableFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("precision-unreadable-").FullName;
    private readonly Linear model = Linear(3, 2);

    private string FilePath => Path.Combine(folder, "weights.dat");

    public void Dispose()
    {
        model.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Missing_files_folders_and_empty_paths_are_told_apart()
    {
        Assert.Contains(FilePath, Assert.Throws<FileNotFoundException>(() => model.LoadWeights(FilePath)).Message);
        Assert.Throws<DirectoryNotFoundException>(() => model.LoadWeights(Path.Combine(folder, "none", "file")));
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => model.LoadWeights(folder)).Message);
        Assert.Contains("path", Assert.Throws<ArgumentException>(() => model.LoadWeights("")).Message);
    }

    [SkippableFact]
    public void Missing_permission_is_said()
    {
        Skip.If(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Windows has no modes, and root may read everything.");
        if (!OperatingSystem.IsWindows())
        {
            model.save(FilePath);
            File.SetUnixFileMode(FilePath, UnixFileMode.None);
            Assert.Throws<UnauthorizedAccessException>(() => model.LoadWeights(FilePath));
        }
    }

    [Fact]
    public void A_failing_disk_is_said()
    {
        model.save(FilePath);
        using var failing = new FailingStream(File.ReadAllBytes(FilePath));
        Assert.Equal(FailingStream.Fault, Assert.Throws<IOException>(() => new ModuleFile(failing, FilePath).Read()).Message);
    }

    private sealed class FailingStream(byte[] content) : MemoryStream(content)
    {
        public const string Fault = "The disk has failed.";

        public override int Read(byte[] buffer, int offset, int count)
            => Position > 4 ? throw new IOException(Fault) : base.Read(buffer, offset, count);

        public override int ReadByte() => Position > 4 ? throw new IOException(Fault) : base.ReadByte();
    }
}
