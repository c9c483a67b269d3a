using System.CommandLine;
using Precision;
using Spectre.Console;
using TextGeneration.Data;
using TextGeneration.Generation;
using TextGeneration.Reporting;
using TextGeneration.Training;
using static TorchSharp.torch;

namespace TextGeneration.Commands;

/// <summary><c>train</c>: learns a text, shows how it goes, and leaves checkpoint, losses, curve and a passage in a folder.</summary>
internal sealed class TrainCommand : Command
{
    private const int PassageLength = 400;
    private const int PromptLength = 64;
    private const double PassageTemperature = 0.8;
    private const double LimitFactor = 1.3;

    private readonly IAnsiConsole console;
    private readonly TrainOptions options = new();
    private readonly Option<string> device = DeviceOption.Create();

    private readonly Option<string> output = new("--out")
    {
        Description = "Folder for checkpoint, losses, loss curve and passage. A run that is there is replaced.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("out", "text-generation"),
    };

    private readonly Option<string> resume = new("--resume")
    {
        Description = "Folder of a run that was stopped: goes on exactly as if it had not been. Takes every setting from there; --text only tells where the text is now.",
        HelpName = "folder",
    };

    private readonly Option<double?> requireFall = new("--require-fall")
    {
        Description = "Fail (exit code 1) unless the validation loss falls by this many percent.",
        HelpName = "percent",
    };

    public TrainCommand(IAnsiConsole console)
        : base("train", "Train a model on a text, in mixed precision.")
    {
        this.console = console;
        foreach (var option in options.All.Concat([device, output, resume, requireFall]))
        {
            Options.Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        using var stop = new StopSignal();
        var target = DeviceOption.Parse(result.GetValue(device)!);
        var resumed = result.GetValue(resume);
        var folder = new RunFolder(resumed ?? result.GetValue(output)!);
        var (run, corpus) = resumed is null ? Start(result, folder, target, stop) : Open(result, folder);
        using var trainer = new Trainer(run, corpus, target);
        if (resumed is not null)
        {
            folder.Load(trainer);
        }

        console.Write(TrainingText.Opening(run, trainer, corpus, target));
        if (Hardware.Of(target).Warning(run.Training.Precision.Compute) is { } warning)
        {
            console.WriteLine(warning);
        }

        ProgressDisplay.Run(
            console, trainer.Step, run.Training.Steps, display => trainer.Run(display, () => folder.Save(trainer), stop.Token));
        console.Write(TrainingText.Summary(trainer, target));
        if (stop.Requested)
        {
            console.WriteLine($"Stopped at step {trainer.Step}. Go on with: train --resume {folder.Path}");
            return ExitCodes.Interrupted;
        }

        if (trainer.Step < run.Training.Steps)
        {
            console.WriteLine($"Ended after {trainer.Step} steps: the machine became slower than measured, and time ran out.");
        }

        WritePassage(trainer, corpus, folder, target);

        console.Write(TrainingText.Files(folder));
        CheckFall(result, trainer);
        return ExitCodes.Success;
    }

    /// <summary>A new run, with its number of steps measured where the time decides it.</summary>
    private (RunSettings Run, TextCorpus Corpus) Start(ParseResult result, RunFolder folder, Device target, StopSignal stop)
    {
        var (run, corpus, ignored) = options.Read(result);
        if (ignored is not null)
        {
            console.WriteLine(ignored);
        }

        if (options.TimeBudget(result) is { } budget)
        {
            console.WriteLine($"Measuring how many steps fit into {ProgressText.Time(budget)} min on this machine.");
            stop.After(budget * LimitFactor);
            var plan = StepPlan.Within(budget, run, corpus, target);
            console.WriteLine($"One step takes {plan.StepTime.TotalMilliseconds:F0} ms: {plan.Steps} steps.");
            run = run with { Training = run.Training with { Steps = plan.Steps } };
        }

        folder.Create(run);
        return (run, corpus);
    }

    private (RunSettings Run, TextCorpus Corpus) Open(ParseResult result, RunFolder folder)
    {
        if (options.Fixed.Append(output).FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } given)
        {
            throw new UserErrorException(
                $"{given.Name} cannot be given with --resume: a resumed run keeps the settings that it was started with.",
                "Leave it out, or start a new run.");
        }

        var run = folder.Open();
        return (run, TextCorpus.Load(options.Text(result) ?? run.Text, new CharacterVocabulary(run.Vocabulary)));
    }

    private void WritePassage(Trainer trainer, TextCorpus corpus, RunFolder folder, Device target)
    {
        var prompt = corpus.HeldOutOpening(PromptLength);
        var generator = new TextGenerator(trainer.Model, corpus.Vocabulary, PassageTemperature, seed: 1);
        console.WriteLine("A beginning that was held out, so new to the model:");
        console.WriteLine($"  {prompt}");
        console.WriteLine("The model goes on:");
        var passage = console.WriteAsItComes(generator.Continue(prompt, PassageLength, target));
        console.WriteLine();
        File.WriteAllText(folder.Passage, $"{prompt}{passage}\n");
    }

    private void CheckFall(ParseResult result, Trainer trainer)
    {
        var (required, fall) = (result.GetValue(requireFall), trainer.History.FallPercent);
        if (fall < required)
        {
            throw new UserErrorException(
                $"The validation loss fell by {fall:F1} %, less than the {required:F1} % that --require-fall asks for.",
                "Train longer, or look at the loss curve for what went wrong.");
        }
    }
}
