using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>Runs one training of a comparison and keeps its curves.</summary>
internal sealed class TrialRun
{
    private const int PointsOfCurve = 50;

    private readonly ComparisonSettings settings;
    private readonly IComparedTraining training;
    private readonly Action<TrialRun, string?> report;
    private readonly TimeSpan? timeLimit;
    private readonly SortedSet<int> validatedAt;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly List<TrainingPoint> curve = [];
    private readonly List<ValidationPoint> validations = [];
    private readonly List<double> stepTimes = [];

    /// <summary>A training that is about to begin: the time limit counts from here.</summary>
    /// <param name="settings">What is compared.</param>
    /// <param name="training">The training, which the caller disposes.</param>
    /// <param name="timeLimit">How long it may take; null = as long as it takes.</param>
    /// <param name="report">Called at every point of the curve, and with an outcome at the end.</param>
    public TrialRun(ComparisonSettings settings, IComparedTraining training, TimeSpan? timeLimit, Action<TrialRun, string?> report)
    {
        this.settings = settings;
        this.training = training;
        this.timeLimit = timeLimit;
        this.report = report;
        validatedAt = ValidationSteps(settings.Steps);
    }

    public int Step { get; private set; }

    public TrainingPoint? LastPoint => curve is [.., var last] ? last : null;

    public double LastValidation => validations is [.., var last] ? last.Loss : double.NaN;

    public double SamplesPerSecond => stepTimes is [.., var last] ? settings.SamplesPerStep / last * 1000 : 0;

    /// <summary>
    /// Early steps too, so that a training that is ended by the time limit has been validated. Every training of a comparison has the
    /// same ones.
    /// </summary>
    public static SortedSet<int> ValidationSteps(int steps)
    {
        const int even = 10;
        return [.. Enumerable.Range(1, even).Select(i => (int)((long)steps * i / even)).Append(steps / 40).Append(steps / 20).Select(step => Math.Max(1, step))];
    }

    /// <summary>Trains to the end, or as far as it goes.</summary>
    /// <param name="seed">The training's seed.</param>
    /// <param name="memory">Tells the memory at the end; null = not measured.</param>
    /// <param name="tolerant">Whether an error of libtorch is a finding about this mode; false lets it through.</param>
    /// <param name="cancellation">Ends it after the step that is running.</param>
    public TrialResult Run(int seed, PeakMemory? memory, bool tolerant, CancellationToken cancellation)
    {
        string? failure = null;
        try
        {
            Train(cancellation);
        }
        catch (NonFiniteGradientException e)
        {
            failure = $"{e.Skipped} steps in a row were skipped because gradients were not finite"
                + (e.Finding is null ? "" : $": {e.Finding}");
            Validate();
        }
        catch (Exception e) when (e is ArithmeticException || (tolerant && e is ExternalException))
        {
            failure = e.Message.Split('\n')[0];
        }

        if (validations.Count == 0)
        {
            validations.Add(new ValidationPoint(Step, double.NaN));
        }

        var outcome = failure ?? (Step < settings.Steps ? $"ended after {Step} steps: time limit" : "done");
        report(this, outcome);
        return new TrialResult
        {
            Seed = seed,
            Steps = Step,
            Training = curve,
            Validation = validations,
            MillisecondsPerStep = ModeResult.Median(stepTimes.Count > 1 ? stepTimes.Skip(1) : stepTimes),
            PeakMemoryBytes = memory?.Bytes,
            Failure = failure,
        };
    }

    private void Train(CancellationToken cancellation)
    {
        var every = Math.Max(1, settings.Steps / PointsOfCurve);
        var validation = Validate();
        report(this, null);
        foreach (var next in validatedAt)
        {
            if (timeLimit is { } limit && stepTimes.Count > 0
                && clock.Elapsed + validation + TimeSpan.FromMilliseconds((next - Step) * ModeResult.Median(stepTimes)) > limit)
            {
                return;
            }

            while (Step < next)
            {
                TakeSteps(Math.Min(every, next - Step), cancellation);
                report(this, null);
            }

            validation = Validate();
        }
    }

    /// <summary>Steps that are timed and read together.</summary>
    private void TakeSteps(int count, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (first, read) = (Step, 0);
        var sum = zeros([], dtype: float64, device: settings.Device);
        settings.Device.Synchronize();
        var time = Stopwatch.StartNew();
        try
        {
            for (var i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                sum.add_(training.Step(Step++).detach().to(float64), Interop.Scalars.One);
                read++;
            }
        }
        finally
        {
            // Also where a step throws: the last point is what a reader looks for then.
            if (Step > first)
            {
                settings.Device.Synchronize();
                stepTimes.Add(time.Elapsed.TotalMilliseconds / (Step - first));
                var scale = training.Training.Scaler.state_dict().GetValueOrDefault("scale", 1);
                curve.Add(new TrainingPoint(Step, sum.item<double>() / read, scale, training.Training.SkippedSteps));
            }
        }
    }

    private TimeSpan Validate()
    {
        var time = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        validations.Add(new ValidationPoint(Step, training.Validate()));
        return time.Elapsed;
    }
}
