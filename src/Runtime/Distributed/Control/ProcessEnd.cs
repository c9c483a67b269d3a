using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Precision.Distributed.Control;

/// <summary>Ends a process whose program waits in native code. An orderly exit would wait for the same.</summary>
internal static partial class ProcessEnd
{
    private const int ExitCode = 1;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Gives the program the time to end by itself, and then ends it.</summary>
    /// <param name="grace">The time.</param>
    /// <param name="why">What is written then.</param>
    /// <param name="unless">Whether the program has given up what it would be ended for.</param>
    public static void After(TimeSpan grace, string why, Func<bool> unless)
    {
        for (var since = Stopwatch.GetTimestamp(); !unless(); Thread.Sleep(Pause))
        {
            if (Stopwatch.GetElapsedTime(since) > grace)
            {
                Now(why);
            }
        }
    }

    /// <summary>Writes why, and ends the process.</summary>
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
