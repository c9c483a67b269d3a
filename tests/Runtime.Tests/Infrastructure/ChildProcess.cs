using System.Diagnostics;
using Precision.Runtime.Tests.Hazards;
using Precision.Runtime.Tests.Training;

namespace Precision.Runtime.Tests.Infrastructure;

/// <summary>This assembly as a process of its own, for tests of what kills a process.</summary>
internal static class ChildProcess
{
    private static readonly Dictionary<string, Action<string>> Programs = new()
    {
        [nameof(SaveForever)] = SaveForever.Run,
        [nameof(MixedProduct)] = MixedProduct.Run,
        [nameof(FunctionBackward)] = FunctionBackward.Run,
        [nameof(CollectingProgram)] = CollectingProgram.Run,
    };

    public static void Main(string[] arguments)
    {
        if (arguments is not [var name, var argument] || !Programs.TryGetValue(name, out var program))
        {
            throw new ArgumentException("Run the tests with dotnet test; the programs in this assembly are for tests.");
        }

        program(argument);
    }

    /// <param name="program">The class whose <c>Run</c> runs in the process.</param>
    /// <param name="argument">What it is given.</param>
    /// <param name="optimized">Whether its code is optimized at once, where the tests' own is not at all.</param>
    public static Process Start(string program, string argument, bool optimized = false)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(ChildProcess).Assembly.Location, program, argument])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (optimized)
        {
            start.Environment.Remove("DOTNET_JITMinOpts");
            start.Environment["DOTNET_TieredCompilation"] = "0";
        }

        return Process.Start(start)!;
    }
}
