using System.Diagnostics;
using System.Net.Sockets;
using Precision.Runtime.Tests.Infrastructure;

namespace Precision.Runtime.Tests.Training;

/// <summary>However many write one file, and whenever they are killed: a whole checkpoint is there.</summary>
[Collection(SerialTests.Name)]
public sealed class CheckpointWriterTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("precision-writers-").FullName;

    private string FilePath => Path.Combine(folder, "checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Killing_one_of_two_writers_at_any_moment_leaves_a_whole_checkpoint()
    {
        const int kills = 100;
        using (var training = SaveForever.New())
        {
            training.Save(FilePath, dataPosition: SaveForever.DataPosition(0, 0));
        }

        var left = kills;
        var newest = new Dictionary<long, long>();
        await Task.WhenAll(Task.Run(KillWriters), Task.Run(KillWriters));

        // What the killed ones left behind goes with the next writing.
        using var survivor = SaveForever.New();
        survivor.Load(FilePath);
        survivor.Save(FilePath);
        Assert.Equal([FilePath], Directory.GetFiles(folder));

        void KillWriters()
        {
            for (var writer = Interlocked.Decrement(ref left); writer >= 0; writer = Interlocked.Decrement(ref left))
            {
                using var child = ChildProcess.Start(nameof(SaveForever), $"{writer} {FilePath}");

                // Its first line says that it writes one checkpoint after another.
                if (child.StandardOutput.ReadLine() != SaveForever.Started)
                {
                    Assert.Fail($"The process that should be killed ended by itself: {child.StandardError.ReadToEnd()}");
                }

                Thread.Sleep(Random.Shared.Next(0, 20));
                child.Kill();
                child.WaitForExit();
                CheckNewest();
            }
        }

        // Whole, and no older than what the same writer had completed before.
        void CheckNewest()
        {
            lock (newest)
            {
                using var state = TrainingCheckpoint.Read(FilePath, CancellationToken.None);
                var (writer, count) = (BitConverter.ToInt64(state.DataPosition), BitConverter.ToInt64(state.DataPosition, sizeof(long)));
                Assert.Equal(SaveForever.DataPosition(writer, count), state.DataPosition);
                Assert.True(count >= newest.GetValueOrDefault(writer), $"writer {writer}: {count} after {newest.GetValueOrDefault(writer)}");
                newest[writer] = count;
            }
        }
    }

    [Fact]
    public async Task Saves_that_overlap_all_succeed()
    {
        var writers = Enumerable.Range(1, 4).Select(writer => Task.Run(() =>
        {
            using var training = SaveForever.New();
            for (var count = 1; count <= 25; count++)
            {
                training.Save(FilePath, dataPosition: SaveForever.DataPosition(writer, count));
            }
        })).ToList();
        await Task.WhenAll(writers);
        using var state = TrainingCheckpoint.Read(FilePath, CancellationToken.None);
        Assert.Equal(25, BitConverter.ToInt64(state.DataPosition, sizeof(long)));
        Assert.Equal([FilePath], Directory.GetFiles(folder));
    }

    [Fact]
    public void A_writer_within_another_one_takes_nothing_from_it()
    {
        AtomicFile.Write(FilePath, outer =>
        {
            outer.Write("out"u8);
            AtomicFile.Write(FilePath, static inner => inner.Write("inner"u8));
            Assert.Equal("inner", File.ReadAllText(FilePath));
            Assert.Throws<IOException>(() => AtomicFile.Write(FilePath, static failing => throw new IOException("disk full")));
            outer.Write("er"u8);
        });
        Assert.Equal("outer", File.ReadAllText(FilePath));
        Assert.Equal([FilePath], Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(InvalidOperationException))]
    public void A_failed_writing_leaves_the_old_file_and_nothing_else(Type failure)
    {
        File.WriteAllText(FilePath, "old");
        Assert.Throws(failure, () => AtomicFile.Write(FilePath, stream =>
        {
            stream.Write("new"u8);
            throw (Exception)Activator.CreateInstance(failure)!;
        }));
        Assert.Equal("old", File.ReadAllText(FilePath));
        Assert.Equal([FilePath], Directory.GetFiles(folder));
    }

    [Fact]
    public void Only_files_of_killed_writers_are_removed()
    {
        string[] kept = [".partial", ".0123456789.partial", ".0123456789ab.partial.txt", ".0123456789ab", "2.0123456789ab.partial"];
        foreach (var name in kept)
        {
            File.WriteAllText(FilePath + name, "somebody's");
        }

        var held = FilePath + ".aaaaaaaaaaaa.partial";
        var dead = FilePath + ".bbbbbbbbbbbb.partial";
        File.WriteAllText(dead, "half");
        using (new FileStream(held, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete))
        {
            AtomicFile.Write(FilePath, static stream => stream.Write("new"u8));
            Assert.Equal(kept.Select(name => FilePath + name).Append(held).Append(FilePath).Order(), Directory.GetFiles(folder).Order());
        }

        AtomicFile.Write(FilePath, static stream => stream.Write("new"u8));
        Assert.False(File.Exists(held));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_link_stays_and_its_target_is_written(bool targetIsThere)
    {
        Directory.CreateDirectory(Path.Combine(folder, "disk"));
        var target = Path.Combine(folder, "disk", "target");
        var middle = Path.Combine(folder, "middle");
        if (targetIsThere)
        {
            File.WriteAllText(target, "old");
        }

        File.CreateSymbolicLink(middle, Path.Combine("disk", "target"));
        File.CreateSymbolicLink(FilePath, middle);
        using (var training = SaveForever.New())
        {
            training.Save(FilePath);
            training.Load(target);
            training.Load(FilePath);
        }

        Assert.Equal(middle, new FileInfo(FilePath).LinkTarget);
        Assert.Equal(Path.Combine("disk", "target"), new FileInfo(middle).LinkTarget);
        Assert.Equal([target], Directory.GetFiles(Path.Combine(folder, "disk")));
        Assert.Equal([FilePath, middle], Directory.GetFiles(folder).Order());
    }

    [SkippableFact]
    public void What_no_file_can_replace_is_refused_and_left_as_it_is()
    {
        Skip.If(OperatingSystem.IsWindows(), "Unix has these kinds of files.");
        using var training = SaveForever.New();
        var pipe = Path.Combine(folder, "pipe");
        Run("mkfifo", pipe);
        Refuses(pipe, "pipe");
        File.CreateSymbolicLink(FilePath, pipe);
        Refuses(FilePath, "pipe");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "socket")));
            Refuses(Path.Combine(folder, "socket"), "socket");
        }

        Refuses(folder, "folder");
        Refuses(folder + Path.DirectorySeparatorChar, "folder");
        var loop = Path.Combine(folder, "loop");
        File.CreateSymbolicLink(loop, loop);
        Refuses(loop, "loop");
        var readOnly = Path.Combine(folder, "read-only");
        File.WriteAllText(readOnly, "old");
        File.SetAttributes(readOnly, FileAttributes.ReadOnly);
        Refuses(readOnly, "read-only");
        Assert.Equal("old", File.ReadAllText(readOnly));
        Refuses(Path.Combine(readOnly, "file"), "file");
        Refuses(Path.Combine(folder, "missing", "file"), "missing");
        Refuses("/proc/self/checkpoint", "/proc/self/checkpoint");

        // Only root makes devices; without it there is none to lose.
        var device = Path.Combine(folder, "device");
        if (Run("mknod", device, "c", "1", "3"))
        {
            Refuses(device, "device");
        }

        Assert.Contains("pipe", Assert.Throws<IOException>(() => training.Load(pipe)).Message);
        Assert.Contains("folder", Assert.Throws<IOException>(() => training.Load(folder)).Message);
        Assert.Empty(Directory.GetFiles(folder, "*.partial"));

        void Refuses(string path, string cause)
        {
            var before = Directory.GetFiles(folder);
            var error = Assert.ThrowsAny<IOException>(() => training.Save(path));
            Assert.Contains(cause, error.Message);
            Assert.Equal(before, Directory.GetFiles(folder));
        }

        static bool Run(string program, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }

    [SkippableTheory]
    [InlineData(0b110_000_000)]
    [InlineData(0b110_100_000)]
    [InlineData(0b110_110_110)]
    public void A_replaced_file_keeps_its_mode(int mode)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no modes.");
        if (!OperatingSystem.IsWindows())
        {
            File.WriteAllText(FilePath, "old");
            File.SetUnixFileMode(FilePath, (UnixFileMode)mode);
            AtomicFile.Write(FilePath, static stream => stream.Write("new"u8));
            Assert.Equal((UnixFileMode)mode, File.GetUnixFileMode(FilePath));
        }
    }

    [SkippableFact]
    public void A_new_file_has_the_mode_of_any_new_file()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no modes.");
        if (!OperatingSystem.IsWindows())
        {
            var other = Path.Combine(folder, "other");
            File.Create(other).Dispose();
            AtomicFile.Write(FilePath, static stream => stream.Write("new"u8));
            Assert.Equal(File.GetUnixFileMode(other), File.GetUnixFileMode(FilePath));
        }
    }
}
