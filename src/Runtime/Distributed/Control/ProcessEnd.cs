using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Precision.Distributed.Control;

/// <summary>Ends a process whose program waits in native code. An orderly exit would wait for the same.</summary>
internal static partial class ProcessEnd
{
    private const int ExitCode = 1;

    [DoesNotReturn]
    public static void Now(string why)
    {
        Console.Error.WriteLine(why);
        Console.Error.Flush();
        Exit(ExitCode);
        throw new InvalidOperationException("The process has ended.");
    }

    // Not exit: that runs what libraries have registered.
    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
