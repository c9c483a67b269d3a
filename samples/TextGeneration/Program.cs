using System.CommandLine;
using System.CommandLine.Invocation;
using Precision;
using Spectre.Console;
using TextGeneration;
using TextGeneration.Commands;

var console = AnsiConsole.Console;
if (!console.Profile.Out.IsTerminal)
{
    // A file has no width; Spectre's 80 columns would break paths and lines that are better left whole.
    console.Profile.Width = 160;
}

var root = new RootCommand("Trains a small GPT on a book in mixed precision, and lets it write.")
{
    new TrainCommand(console),
    new GenerateCommand(console),
};

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
    Console.Error.WriteLine($"error: {e.Cause}\n       {e.Remedy}");
    return ExitCodes.Failure;
}
catch (Exception e) when (e is NotSupportedException or NonFiniteGradientException)
{
    // The library's own words name cause and remedy: libtorch is missing or does not fit, or the training diverged.
    Console.Error.WriteLine($"error: {e.Message}");
    return ExitCodes.Failure;
}
