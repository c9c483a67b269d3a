using System.CommandLine;
using System.Globalization;
using ImageClassification.Reporting;
using Spectre.Console;

namespace ImageClassification.Commands;

/// <summary><c>compare</c>: the model as it is beside its wrapper, trained alike.</summary>
internal sealed class CompareCommand : Command
{
    private readonly IAnsiConsole console;
    private readonly TrainingOptions options = new();

    private readonly Option<double?> requireWithin = new("--require-within")
    {
        Description = "Fail (exit code 1) if mixed precision loses more than so many points of accuracy, of 100.",
        HelpName = "points",
    };

    public CompareCommand(IAnsiConsole console)
        : base("compare", "Train the model in float32 and in mixed precision, from the same weights on the same batches.")
    {
        this.console = console;
        options.AddTo(this);
        Options.Add(requireWithin);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        using var session = new Session(console, options, result);
        if (session.TrainFloat32() is not { } float32 || session.TrainMixed() is not { } mixed)
        {
            return ExitCodes.Interrupted;
        }

        console.Write(ReportText.Comparison(float32, mixed));
        var (lost, allowed) = (float32.Accuracy - mixed.Accuracy, result.GetValue(requireWithin));
        return lost > allowed
            ? throw new UserErrorException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Mixed precision lost {lost:F2} points of accuracy, more than the {allowed:F2} that --require-within allows."),
                "Train longer, or try other seeds: so few held-out digits also differ between two seeds.")
            : ExitCodes.Success;
    }
}
