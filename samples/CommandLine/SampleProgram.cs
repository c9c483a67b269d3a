using System.CommandLine;
using System.CommandLine.Invocation;
using Precision;
using Precision.Distributed;
using Spectre.Console;

namespace Samples.CommandLine;

/// <summary>Runs a sample's command line.</summary>
public static class SampleProgram
{
    private const int FileWidth = 160;

    /// <summary>The console to write to. A file has no width: Spectre's 80 columns would break paths and lines that are better left whole.</summary>
    public static IAnsiConsole Console
    {
        get
        {
            var console = AnsiConsole.Console;
            if (!console.Profile.Out.IsTerminal)
            {
                console.Profile.Width = FileWidth;
            }

            return console;
        }
    }

    /// <summary>Runs the command that the arguments name, and tells errors in a line for the cause and one for the remedy.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(RootCommand root, string[] args)
    {
        try
        {
            var result = root.Parse(args);
            if (result.Action is ParseErrorAction errors && result.CommandResult.Command != root)
            {
                errors.ShowHelp = false;
            }

            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UserErrorException e)
        {
            System.Console.Error.WriteLine($"error: {e.Cause}\n       {e.Remedy}");
            return ExitCodes.Failure;
        }
        catch (Exception e) when (e is NotSupportedException or NonFiniteGradientException or PrecisionOptionsException
            or ProcessGroupException)
        {
            // The library's own words name cause and remedy: libtorch is missing or does not fit, the training diverged,
            // a configured value cannot be, or several processes do not come together.
            System.Console.Error.WriteLine($"error: {e.Message}");
            return ExitCodes.Failure;
        }
    }
}
