using System.CommandLine;
using Precision;
using Precision.Distributed;
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

    private readonly IAnsiConsole firstConsole;
    private readonly TrainOptions options = new();
    private readonly ProcessOptions processes = new();

    private readonly Option<string> output = new("--out")
    {
        Description = "Folder for checkpoint, losses, loss curve and passage. A run that is there is replaced.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("out", "text-generation"),
    };

    private readonly Option<string> resume = new("--resume")
    {
        Description = "Folder of a run that was stopped: goes on exactly as if it had not been. Takes every setting from there; --text only "
            + "tells where the text is now. Another number of processes goes on too, on other batches.",
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
        firstConsole = console;
        foreach (var option in options.All.Concat(processes.All).Concat([output, resume, requireFall]))
        {
            Options.Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        var target = processes.Device(result);
        var resumed = result.GetValue(resume);
        var configured = resumed is null ? options.Configured(result) : PrecisionOptions.None;
        if (!Launcher.IsLaunched && processes.Count(result, configured, target) is > 1 and var count)
        {
            return Launcher.Run(count, Environment.GetCommandLineArgs().Skip(1));
        }

        using var stop = new StopSignal();
        using var group = ProcessGroup.Join();
        var ranks = new Ranks(group, processes.ShardsOptimizer(result, configured));
        target = ranks.Count > 1 ? group.Device : target;
        var console = ranks.IsFirst ? firstConsole : AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(TextWriter.Null) });
        var folder = new RunFolder(resumed ?? result.GetValue(output)!);
        var (run, corpus) = resumed is null ? Start(result, configured, folder, new(ranks, target, console), stop) : Open(result, folder);
        using var trainer = new Trainer(run, corpus, target, ranks);
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
        if (ranks.Any(stop.Requested))
        {
            console.WriteLine($"Stopped at step {trainer.Step}. Go on with: train --resume {folder.Path}");
            return ExitCodes.Interrupted;
        }

        if (ranks.IsFirst)
        {
            Finish(result, run, trainer, corpus, folder, target);
        }

        return ExitCodes.Success;
    }

    /// <summary>A new run, with its number of steps measured where the time decides it.</summary>
    private (RunSettings Run, TextCorpus Corpus) Start(
        ParseResult result, PrecisionOptions configured, RunFolder folder, Place place, StopSignal stop)
    {
        var (ranks, target, console) = place;
        var (run, corpus) = options.Read(result, configured);
        if (configured.Ignored is { } ignored)
        {
            console.WriteLine(ignored);
        }

        if (options.TimeBudget(result) is { } budget)
        {
            console.WriteLine($"Measuring how many steps fit into {ProgressText.Time(budget)} min on this machine.");
            stop.After(budget * LimitFactor);
            var plan = StepPlan.Within(budget, run, corpus, target, ranks);
            console.WriteLine($"One step takes {plan.StepTime.TotalMilliseconds:F0} ms: {plan.Steps} steps.");
            run = run with { Training = run.Training with { Steps = plan.Steps } };
        }

        if (ranks.IsFirst)
        {
            folder.Create(run);
        }

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

    /// <summary>What only the first rank does, and no other waits for.</summary>
    private void Finish(ParseResult result, RunSettings run, Trainer trainer, TextCorpus corpus, RunFolder folder, Device target)
    {
        if (trainer.Step < run.Training.Steps)
        {
            firstConsole.WriteLine($"Ended after {trainer.Step} steps: the machine became slower than measured, and time ran out.");
        }

        WritePassage(trainer, corpus, folder, target);
        firstConsole.Write(TrainingText.Files(folder));
        CheckFall(result, trainer);
    }

    private void WritePassage(Trainer trainer, TextCorpus corpus, RunFolder folder, Device target)
    {
        var prompt = corpus.HeldOutOpening(PromptLength);
        var generator = new TextGenerator(trainer.Model, corpus.Vocabulary, PassageTemperature, seed: 1);
        firstConsole.WriteLine("A beginning that was held out, so new to the model:");
        firstConsole.WriteLine($"  {prompt}");
        firstConsole.WriteLine("The model goes on:");
        var passage = firstConsole.WriteAsItComes(generator.Continue(prompt, PassageLength, target));
        firstConsole.WriteLine();
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

    /// <summary>Where a process trains, and where it writes to: nowhere, unless it is the first.</summary>
    private sealed record Place(Ranks Ranks, Device Device, IAnsiConsole Console);
}
