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
    public static Process Start(string program, string argument)
        => Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(ChildProcess).Assembly.Location, program, argument])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
