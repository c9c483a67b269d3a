using System.Security.Cryptography;

namespace Precision;

/// <summary>
/// Replaces a file so that at every moment a whole one is there, whoever else writes it: each writer writes a file of its own
/// beside it and renames that when it is complete. The last that completes wins.
/// </summary>
internal static class AtomicFile
{
    private const string Suffix = ".partial";
    private const int RandomBytes = 6;
    private const int BufferSize = 1 << 20;
    private const int Attempts = 100;

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file, or a link to it, which stays.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written; the old one stands.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            Replace(Target(path), write);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException($"'{path}' cannot be written: {error.Message}", error);
        }
    }

    /// <summary>The files that writers of <paramref name="path"/> have not completed, those of killed ones too.</summary>
    public static IEnumerable<string> Partials(string path)
    {
        var prefix = Path.GetFileName(path) + ".";
        var length = prefix.Length + (2 * RandomBytes) + Suffix.Length;
        return Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(path))!)
            .Where(file => Path.GetFileName(file) is var name
                && name.Length == length
                && name.StartsWith(prefix, StringComparison.Ordinal)
                && name.EndsWith(Suffix, StringComparison.Ordinal));
    }

    private static void Replace(string target, Action<Stream> write)
    {
        using var partial = Create(target);
        try
        {
            RemoveLeftovers(target, partial.Name);
            write(partial);

            // Without this the rename could reach the disk before the content.
            partial.Flush(flushToDisk: true);

            // Still open, so that nobody takes it for a killed writer's.
            File.Move(partial.Name, target, overwrite: true);
        }
        catch
        {
            File.Delete(partial.Name);
            throw;
        }

        UnixFiles.Sync(Path.GetDirectoryName(target)!);
    }

    /// <summary>The regular file that is to be replaced, or made.</summary>
    private static string Target(string path)
    {
        var file = new FileInfo(Path.GetFullPath(path));
        var target = file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
        if (Directory.Exists(target.FullName))
        {
            throw new IOException($"'{path}' is a folder. Name a file in it.");
        }

        if (target.Exists && !UnixFiles.IsRegular(target.FullName))
        {
            throw new IOException($"'{path}' is a device, a pipe or a socket, which a file cannot replace. Name a file.");
        }

        if (target is { Exists: true, IsReadOnly: true })
        {
            throw new IOException($"'{path}' is read-only. Name another file, or allow writing.");
        }

        return target.FullName;
    }

    /// <summary>
    /// Makes this writer's own file, and holds it: FileShare.Delete is a lock that others' attempts to open it exclusively fail at, and
    /// allows renaming.
    /// </summary>
    private static FileStream Create(string target)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Delete, BufferSize = BufferSize,
        };
        if (!OperatingSystem.IsWindows() && File.Exists(target))
        {
            options.UnixCreateMode = File.GetUnixFileMode(target);
        }

        for (var attempt = 0; ; attempt++)
        {
            var name = $"{target}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes))}{Suffix}";

            // Between the making of the file and its lock another writer may take it for a killed writer's, and remove it.
            try
            {
                var stream = new FileStream(name, options);
                if (File.Exists(name))
                {
                    KeepMode(stream, options.UnixCreateMode);
                    return stream;
                }

                stream.Dispose();
            }
            catch (IOException) when (File.Exists(name) && attempt < Attempts)
            {
            }
        }
    }

    // The umask takes bits away when a file is made. Set only where it has, since some file systems refuse every chmod.
    private static void KeepMode(FileStream stream, UnixFileMode? mode)
    {
        if (!OperatingSystem.IsWindows() && mode is { } wanted && File.GetUnixFileMode(stream.SafeFileHandle) != wanted)
        {
            File.SetUnixFileMode(stream.SafeFileHandle, wanted);
        }
    }

    /// <summary>Removes the files of killed writers: those that nobody holds.</summary>
    private static void RemoveLeftovers(string target, string own)
    {
        // On a file system without locks nothing says whether a writer lives.
        if (TryOpen(own, FileOptions.None))
        {
            return;
        }

        foreach (var leftover in Partials(target))
        {
            _ = TryOpen(leftover, FileOptions.DeleteOnClose);
        }
    }

    private static bool TryOpen(string path, FileOptions options)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, options);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
