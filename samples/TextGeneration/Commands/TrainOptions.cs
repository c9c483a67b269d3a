using System.CommandLine;
using Precision;
using TextGeneration.Data;
using TextGeneration.Model;
using TextGeneration.Training;

namespace TextGeneration.Commands;

/// <summary>The options of <c>train</c> and what they mean together.</summary>
internal sealed class TrainOptions
{
    private readonly TaskOptions task = new();

    private readonly DurationOptions duration = new(
        "Optimizer steps. Without it, --minutes decides.",
        "Time for the training: the steps that fit are computed from the rate measured on this machine first.",
        defaultMinutes: 2);

    private readonly PrecisionCommandLine precision = new();

    private readonly Option<int> seed = new("--seed")
    {
        Description = "Of initial weights, batches and dropout: the same seed gives the same run.",
        HelpName = "number",
        DefaultValueFactory = _ => 1,
    };

    public IReadOnlyList<Option> All => [.. task.All, .. Own];

    /// <summary>Those that a run keeps from its start to its end.</summary>
    public IReadOnlyList<Option> Fixed => [.. task.Fixed, .. Own];

    private IReadOnlyList<Option> Own => [.. duration.All, seed, .. precision.All];

    /// <summary>The text that is given; null = none.</summary>
    public string? Text(ParseResult result) => task.Text(result);

    /// <summary>The time that decides the number of steps; null where <c>--steps</c> does.</summary>
    /// <exception cref="UserErrorException">Both are given.</exception>
    public TimeSpan? TimeBudget(ParseResult result) => duration.TimeBudget(result);

    /// <summary>What the configuration and the options for it say.</summary>
    /// <exception cref="UserErrorException">The configuration cannot be read, or options do not fit together.</exception>
    /// <exception cref="PrecisionOptionsException">A configured value is not allowed.</exception>
    public PrecisionOptions Configured(ParseResult result) => precision.Read(result);

    /// <summary>The run that the options describe; its number of steps is 1 where the time decides.</summary>
    /// <exception cref="UserErrorException">The text cannot be used, or values do not fit together.</exception>
    /// <exception cref="PrecisionOptionsException">Configured values do not fit together.</exception>
    public (RunSettings Run, TextCorpus Corpus) Read(ParseResult result, PrecisionOptions configured)
    {
        var (run, corpus) = task.Read(result);
        var training = run.Training with
        {
            Steps = duration.Steps(result) ?? 1,
            Seed = result.GetValue(seed),
            Precision = configured.Policy(PrecisionPolicy.DeclaredBy(typeof(Gpt))),
            GradientClip = configured.GradientClip ?? run.Training.GradientClip,
            GradAccumulation = configured.GradAccumulation ?? run.Training.GradAccumulation,
        };
        return (run with { Training = training }, corpus);
    }
}
