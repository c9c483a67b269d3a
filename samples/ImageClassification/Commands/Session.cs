using System.CommandLine;
using ImageClassification.Data;
using ImageClassification.Model;
using ImageClassification.Reporting;
using ImageClassification.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace ImageClassification.Commands;

/// <summary>What a command works with: images, settings, device, Ctrl-C.</summary>
internal sealed class Session : IDisposable
{
    private readonly IAnsiConsole console;
    private readonly TrainingSettings settings;
    private readonly Device device;
    private readonly DigitImages training;
    private readonly DigitImages test;
    private readonly StopSignal stop = new();

    public Session(IAnsiConsole console, TrainingOptions options, ParseResult result)
    {
        this.console = console;
        (settings, device) = options.Read(result);
        (training, test) = DigitImages.Load(device);
        console.Write(ReportText.Opening(training, test, settings, device));
    }

    /// <summary>Trains the model as it is, in float32.</summary>
    /// <returns>Null: stopped by Ctrl-C.</returns>
    public TrainingResult? TrainFloat32() => Train(() => new DigitNet(DigitImages.Classes), "DigitNet in float32", _ => { });

    /// <summary>Trains the model in mixed precision, and tells what is stored how.</summary>
    /// <returns>Null: stopped by Ctrl-C.</returns>
    public TrainingResult? TrainMixed() => Train(
        () => new MixedDigitNet(DigitImages.Classes),
        "MixedDigitNet in mixed precision",
        trainer => console.Write(ReportText.Storage(trainer.Storage())));

    public void Dispose()
    {
        stop.Dispose();
        training.Dispose();
        test.Dispose();
    }

    private TrainingResult? Train(Func<nn.Module<Tensor, Tensor>> make, string name, Action<Trainer> tell)
    {
        using var trainer = new Trainer(make, training, settings, device);
        console.WriteLine($"Training {name}");
        ProgressDisplay.Run(console, 0, trainer.Steps, display => trainer.Run(display, test, stop.Token));
        tell(trainer);
        if (stop.Requested)
        {
            console.WriteLine($"Stopped after {trainer.Training.Steps} of {trainer.Steps} steps.");
            return null;
        }

        return new TrainingResult(trainer.Accuracy(test), trainer.ImagesPerSecond, trainer.Training.SkippedSteps);
    }
}
