using System.CommandLine;
using Precision;
using Precision.Inspection;
using Precision.Reports;
using Spectre.Console;
using TextGeneration.Data;
using TextGeneration.Reporting;
using TextGeneration.Training;
using static TorchSharp.torch;

namespace TextGeneration.Commands;

/// <summary><c>compare</c>: trains the same model on the same data in several precisions, and says which to use and why.</summary>
internal sealed class CompareCommand : Command
{
    // The rest is for modes that are a little slower, and for a machine that gets busier.
    private const double PartForFloat32 = 0.7;

    private readonly IAnsiConsole console;
    private readonly TaskOptions task = new();
    private readonly Option<string> device = DeviceOption.Create();

    private readonly Option<string> storage = new Option<string>("--storage")
    {
        Description = "How 16-bit modes store parameters: float32, or all = float32, 16-bit with float32 masters, and true 16-bit.",
        DefaultValueFactory = _ => "float32",
    }.AcceptOnlyFromAmong("float32", "all");

    private readonly Option<int?> seeds = new Option<int?>("--seeds")
    {
        Description = "Trainings of each mode. With two or more, the difference between seeds tells which other differences mean something.",
        HelpName = "count",
        DefaultValueFactory = _ => 2,
    }.AtLeast(1);

    private readonly DurationOptions duration = new(
        "Optimizer steps of each training. Without it, --minutes decides, and modes too slow for it are compared after fewer steps.",
        "Time for everything; the steps that fit are computed from float32's rate, measured on this machine first.",
        defaultMinutes: 5);

    private readonly Option<string> output = new("--out")
    {
        Description = "Folder for comparison.html and comparison.json.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("out", "comparison"),
    };

    public CompareCommand(IAnsiConsole console)
        : base("compare", "Train in float32, BFloat16 and Float16, and say which to use and why.")
    {
        this.console = console;
        foreach (var option in task.All.Concat([storage, seeds, .. duration.All, device, output]))
        {
            Options.Add(option);
        }

        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        using var stop = new StopSignal();
        var target = DeviceOption.Parse(result.GetValue(device)!);
        var (run, corpus) = task.Read(result);
        var folder = Path.GetFullPath(result.GetValue(output)!);
        Write(folder, static () => { });
        var settings = Settings(result, run, corpus, target);
        run = run with { Training = run.Training with { Steps = settings.Steps } };
        console.WriteLine(TableText.Invariant(
            $"{settings.Policies.Count} modes, seeds {string.Join(", ", settings.Seeds)}, {settings.Steps} steps each, on {target}: {Hardware.Of(target).Name}"));
        try
        {
            var comparison = ComparisonConsole.Run(
                console,
                settings,
                (policy, seed) => new ComparedGpt(
                    run with { Training = run.Training with { Precision = policy, Seed = seed } }, corpus, target),
                stop.Token);
            console.Write(ComparisonConsole.Report(comparison));
            Write(folder, () =>
            {
                File.WriteAllText(Path.Combine(folder, "comparison.html"), ComparisonPage.ToHtml(comparison));
                File.WriteAllText(Path.Combine(folder, "comparison.json"), comparison.ToJson());
            });
        }
        catch (OperationCanceledException)
        {
            console.WriteLine("Stopped: a comparison that is not finished says nothing.");
            return ExitCodes.Interrupted;
        }

        console.WriteLine();
        console.WriteLine($"Written to {folder}: comparison.html (open it in a browser), comparison.json (the same for programs)");
        return ExitCodes.Success;
    }

    /// <summary>Writes into the folder, which is made: first nothing, so that one that cannot be written is told before the training.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    private static void Write(string folder, Action files)
    {
        try
        {
            Directory.CreateDirectory(folder);
            files();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The folder '{folder}' cannot be written: {e.Message}", "Give another one with --out.", e);
        }
    }

    private ComparisonSettings Settings(ParseResult result, RunSettings run, TextCorpus corpus, Device target)
    {
        var policies = result.GetValue(storage) == "all" ? ComparisonSettings.AllStorageModes : ComparisonSettings.Formats;
        var count = result.GetValue(seeds)!.Value;
        var (shape, batch) = (run.Shape, run.Training.Batch);
        var settings = new ComparisonSettings
        {
            Task = TableText.Invariant($"A GPT of {shape.Layers} layers, width {shape.Width}, context {shape.Context}, learns {Path.GetFileName(run.Text)}"),
            Device = target,
            Steps = duration.Steps(result) ?? 1,
            SamplesPerStep = batch * shape.Context,
            SampleUnit = "tokens",
            Policies = policies,
            Seeds = [.. Enumerable.Range(1, count)],
        };
        if (duration.TimeBudget(result) is not { } time)
        {
            return settings;
        }

        console.WriteLine($"Measuring how many steps fit into {ProgressText.Time(time)} min on this machine.");
        var plan = StepPlan.Within(time * PartForFloat32 / (policies.Count * count), run, corpus, target, Ranks.Alone);
        return settings with { Steps = plan.Steps, TimeLimit = time };
    }
}
