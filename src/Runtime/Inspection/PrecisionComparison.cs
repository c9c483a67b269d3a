using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>
/// Trains one task in several precisions, from the same initial weights and on the same data, and says which one to use and why.
/// </summary>
/// <example><code>
/// var result = PrecisionComparison.Run(
///     new ComparisonSettings { Task = "my model", Device = CPU, Steps = 200, SamplesPerStep = 32 },
///     (policy, seed) => new MyTraining(policy, seed));     // implements IComparedTraining
/// Console.WriteLine(result.Recommendation.Headline);
/// </code></example>
public static class PrecisionComparison
{
    /// <summary>Trains every policy with every seed, one after the other.</summary>
    /// <param name="settings">What is compared.</param>
    /// <param name="factory">
    /// Makes one training. libtorch's random generators are set to the seed before, so that a model made here starts with the same
    /// weights under every policy. The model's <see cref="IMixedPrecisionModule.PrecisionPolicy"/> has to be set before its
    /// <see cref="MixedPrecisionTraining"/> is made.
    /// </param>
    /// <param name="progress">
    /// Told some fifty times in each training, on this thread. (<see cref="Progress{T}"/> would pass it on to others, out of order.)
    /// </param>
    /// <param name="cancellation">Ends the comparison after the step that is running.</param>
    /// <returns>Curves, numbers and a recommendation.</returns>
    /// <exception cref="ArgumentException">A setting cannot be.</exception>
    /// <exception cref="OperationCanceledException">The comparison was cancelled.</exception>
    public static ComparisonResult Run(
        ComparisonSettings settings,
        Func<PrecisionPolicy, int, IComparedTraining> factory,
        IProgress<ComparisonProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(factory);
        return Run(settings.Validated(), Hardware.Of(settings.Device), factory, progress, cancellation);
    }

    /// <summary>The same, on hardware that is said to be such: for tests of what is advised there.</summary>
    internal static ComparisonResult Run(
        ComparisonSettings settings,
        Hardware hardware,
        Func<PrecisionPolicy, int, IComparedTraining> factory,
        IProgress<ComparisonProgress>? progress,
        CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        WarmUp(settings, factory);
        var trial = 0;
        var trials = settings.Policies.Select(policy => (IReadOnlyList<TrialResult>)[
            .. settings.Seeds.Select(seed => Train(settings, policy, seed, trial++, clock, factory, progress, cancellation))]).ToList();
        var modes = settings.Policies
            .Zip(trials, (policy, results) => ModeResult.Of(policy, results, trials[0], settings, hardware)).ToList();
        return new ComparisonResult
        {
            Task = settings.Task,
            Device = settings.Device.ToString(),
            Hardware = hardware,
            Time = DateTimeOffset.Now,
            Steps = settings.Steps,
            SamplesPerStep = settings.SamplesPerStep,
            SampleUnit = settings.SampleUnit,
            Seeds = settings.Seeds,
            Modes = modes,
            Recommendation = ComparisonAdvice.Of(modes, hardware),
        };
    }

    /// <summary>
    /// One step that nobody looks at. What libtorch allocates and compiles once would otherwise count as the first training's.
    /// </summary>
    private static void WarmUp(ComparisonSettings settings, Func<PrecisionPolicy, int, IComparedTraining> factory)
    {
        using var scope = NewDisposeScope();
        Seed(settings.Device, settings.Seeds[0]);
        using var training = factory(PrecisionPolicy.Float32, settings.Seeds[0]);
        training.Step(0);
        settings.Device.Synchronize();
    }

    // TorchSharp's seeds the CPU only, where weights are drawn; dropout draws on the device.
    private static void Seed(Device device, int seed)
    {
        random.manual_seed(seed);
        if (device.type is DeviceType.CUDA)
        {
            cuda.manual_seed_all(seed);
        }
    }

    private static TrialResult Train(
        ComparisonSettings settings,
        PrecisionPolicy policy,
        int seed,
        int trial,
        Stopwatch clock,
        Func<PrecisionPolicy, int, IComparedTraining> factory,
        IProgress<ComparisonProgress>? progress,
        CancellationToken cancellation)
    {
        var trials = settings.Policies.Count * settings.Seeds.Count;
        void Report(TrialRun run, string? outcome) => progress?.Report(new ComparisonProgress(
            ModeResult.NameOf(policy),
            seed,
            trial,
            trials,
            run.Step,
            settings.Steps,
            run.LastPoint?.Loss ?? double.NaN,
            run.LastValidation,
            run.LastPoint?.SkippedSteps ?? 0,
            run.SamplesPerSecond,
            outcome));

        cancellation.ThrowIfCancellationRequested();
        var memory = PeakMemory.Start(settings.Device);
        Seed(settings.Device, seed);
        using var training = factory(policy, seed);
        var limit = (settings.TimeLimit - clock.Elapsed) / (trials - trial);
        return new TrialRun(settings, training, limit, Report).Run(seed, memory, tolerant: policy.Compute is not Dtype.Float32, cancellation);
    }
}
