using System.CommandLine;
using ImageClassification.Reporting;
using Spectre.Console;

namespace ImageClassification.Commands;

/// <summary><c>train</c>: the model in mixed precision.</summary>
internal sealed class TrainCommand : Command
{
    private readonly IAnsiConsole console;
    private readonly TrainingOptions options = new();

    public TrainCommand(IAnsiConsole console)
        : base("train", "Train the model in mixed precision and test it on held-out digits.")
    {
        this.console = console;
        options.AddTo(this);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        using var session = new Session(console, options, result);
        if (session.TrainMixed() is not { } trained)
        {
            return ExitCodes.Interrupted;
        }

        console.Write(ReportText.Result(trained));
        return ExitCodes.Success;
    }
}
