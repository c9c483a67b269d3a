using System.Runtime.InteropServices;

namespace Precision;

/// <summary>What .NET has no method for: the kind of a file, and putting a renamed entry of a folder on the disk.</summary>
internal static unsafe partial class UnixFiles
{
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>
    /// Whether a path is a regular file, or a link to one: no folder, device, pipe or socket. True where there is nothing, or the
    /// system cannot say.
    /// </summary>
    public static bool IsRegular(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return !Directory.Exists(path);
        }

        // .NET's own FileStatus: the second of its 32-bit fields is the mode.
        var status = stackalloc int[64];
        try
        {
            return Stat(path, status) != 0 || (status[1] & TypeMask) == Regular;
        }
        catch (EntryPointNotFoundException)
        {
            return true;
        }
    }

    /// <summary>Puts what was renamed in a folder on the disk, where the system can: only a power failure shows the difference.</summary>
    public static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int readOnly = 0;
        var descriptor = Open(folder, readOnly);
        if (descriptor >= 0)
        {
            _ = FSync(descriptor);
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, int* status);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
