namespace Precision;

/// <summary>Replaces a file so that at every moment a whole one is there: the old or the new.</summary>
internal static class AtomicFile
{
    /// <summary>What is written beside the file; a killed process leaves it behind, and the next writing overwrites it.</summary>
    public static string Partial(string path) => path + ".partial";

    /// <summary>Writes a file beside <paramref name="path"/>, makes the system put it on the disk, and renames it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content into a stream that can be read back.</param>
    /// <exception cref="IOException">The file cannot be written; the old one stands.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var partial = Partial(path);
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20))
            {
                write(stream);

                // Without this the rename could reach the disk before the content.
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
