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

    /// <summary>The run that the options describe; its number of steps is 1 where the time decides.</summary>
    /// <returns>Run, text, and a line on what was configured and does not apply; null = nothing.</returns>
    /// <exception cref="UserErrorException">The text or the configuration cannot be used, or values do not fit together.</exception>
    /// <exception cref="PrecisionOptionsException">A configured value is not allowed.</exception>
    public (RunSettings Run, TextCorpus Corpus, string? Ignored) Read(ParseResult result)
    {
        var choice = precision.Read(result);
        var (run, corpus) = task.Read(result);
        var training = run.Training with
        {
            Steps = duration.Steps(result) ?? 1,
            Seed = result.GetValue(seed),
            Precision = choice.Policy(PrecisionPolicy.DeclaredBy(typeof(Gpt))),
            GradientClip = choice.GradientClip ?? run.Training.GradientClip,
            GradAccumulation = choice.GradAccumulation ?? run.Training.GradAccumulation,
        };
        return (run with { Training = training }, corpus, choice.Ignored);
    }
}
