using System.Diagnostics;
using System.Text;

namespace Precision.Package.Tests.Infrastructure;

/// <summary>A program that was run to its end.</summary>
/// <param name="Line">What was run.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote, to both streams.</param>
internal sealed record Command(string Line, int ExitCode, string Output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Where the tests' own libtorch lies: programs that are tested without a libtorch package load it from there.</summary>
    private static readonly string LibTorch = Path.Combine(
        AppContext.BaseDirectory, "runtimes", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "native");

    private static readonly string LibraryPath
        = OperatingSystem.IsWindows() ? "PATH" : OperatingSystem.IsMacOS() ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";

    /// <summary>Runs a program.</summary>
    /// <param name="folder">Its working directory.</param>
    /// <param name="program">The file.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="TimeoutException">It was still running after ten minutes, and was killed.</exception>
    public static async Task<Command> Run(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // `dotnet test` tells its children where its own MSBuild lies; a user's shell does not.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment[LibraryPath] = LibTorch + Path.PathSeparator + Environment.GetEnvironmentVariable(LibraryPath);
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";

        using var process = Process.Start(start)!;
        var output = new StringBuilder();
        process.OutputDataReceived += Append;
        process.ErrorDataReceived += Append;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        var line = $"{program} {string.Join(' ', arguments)}";
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{line} in {folder} took longer than {Limit}:\n{output}");
        }

        return new Command(line, process.ExitCode, output.ToString());

        void Append(object sender, DataReceivedEventArgs received)
        {
            lock (output)
            {
                output.Append(received.Data).Append('\n');
            }
        }
    }

    /// <summary>Asserts that it succeeded, without a warning.</summary>
    /// <returns>Itself.</returns>
    public Command Succeeded()
    {
        Assert.True(ExitCode == 0 && !Output.Contains(": warning ", StringComparison.Ordinal), ToString());
        return this;
    }

    /// <summary>Asserts that it failed with one error.</summary>
    /// <param name="code">The error's code.</param>
    /// <returns>The error's message.</returns>
    public string FailedWith(string code)
    {
        Assert.True(ExitCode != 0, ToString());
        var error = Assert.Single(Output.Split('\n').Where(line => line.Contains(": error ", StringComparison.Ordinal)).Select(line => line.Trim()).Distinct());
        Assert.Contains($": error {code}: ", error, StringComparison.Ordinal);
        return error;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Line}: exit code {ExitCode}\n{Output}";
}
