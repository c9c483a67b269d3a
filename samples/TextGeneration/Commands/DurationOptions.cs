using System.CommandLine;

namespace TextGeneration.Commands;

/// <summary>How long to train: by <c>--steps</c>, or else by <c>--minutes</c>.</summary>
internal sealed class DurationOptions
{
    private readonly Option<int?> steps;
    private readonly Option<double> minutes;

    /// <param name="stepsDescription">What <c>--steps</c> counts.</param>
    /// <param name="minutesDescription">What <c>--minutes</c> is for.</param>
    /// <param name="defaultMinutes">Without either option.</param>
    public DurationOptions(string stepsDescription, string minutesDescription, double defaultMinutes)
    {
        steps = new Option<int?>("--steps") { Description = stepsDescription, HelpName = "count" }.AtLeast(1);
        minutes = new Option<double>("--minutes")
        {
            Description = minutesDescription,
            HelpName = "minutes",
            DefaultValueFactory = _ => defaultMinutes,
        }.Between(0.1, 10_000);
    }

    public IReadOnlyList<Option> All => [steps, minutes];

    /// <summary>The steps that are given; null where the time decides.</summary>
    public int? Steps(ParseResult result) => result.GetValue(steps);

    /// <summary>The time that decides the number of steps; null where <c>--steps</c> does.</summary>
    /// <exception cref="UserErrorException">Both are given.</exception>
    public TimeSpan? TimeBudget(ParseResult result)
    {
        if (Steps(result) is null)
        {
            return TimeSpan.FromMinutes(result.GetValue(minutes));
        }

        return result.GetResult(minutes) is { Implicit: false }
            ? throw new UserErrorException("--steps and --minutes both say how long to train.", "Give one of them.")
            : null;
    }
}
