using System.Diagnostics;
using Precision;
using TextGeneration.Data;
using TextGeneration.Model;
using TextGeneration.Reporting;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TextGeneration.Training;

/// <summary>Trains a model from the step where it stands to the last one.</summary>
internal sealed class Trainer : IDisposable
{
    /// <summary>About how many times a run is validated, beside before and after.</summary>
    public const int Validations = 12;

    private readonly TextCorpus corpus;
    private readonly TrainingSettings settings;
    private readonly Device device;
    private readonly LearningRateSchedule schedule;
    private readonly TrainableGpt gpt;
    private readonly Stopwatch stepping = new();
    private readonly Tensor lossSum;
    private readonly Tensor lossOfStep;
    private int lossSteps;
    private long tokens;

    public Trainer(RunSettings run, TextCorpus corpus, Device device)
        : this(run, corpus, device, Ranks.Alone)
    {
    }

    public Trainer(RunSettings run, TextCorpus corpus, Device device, Ranks ranks)
    {
        (this.corpus, this.device, Ranks) = (corpus, device, ranks);
        settings = run.Training;
        schedule = settings.Schedule;
        gpt = new TrainableGpt(run, device, ranks);
        lossSum = zeros([], device: device).DetachFromDisposeScope();
        lossOfStep = zeros([], device: device).DetachFromDisposeScope();
    }

    public Ranks Ranks { get; }

    public Gpt Model => gpt.Model;

    public MixedPrecisionTraining Training => gpt.Training;

    /// <summary>Steps taken since the run began.</summary>
    public int Step => (int)Training.Steps;

    public LossHistory History { get; set; } = new();

    /// <summary>What dtypes the first step since the start of the program really had; null before it.</summary>
    public DtypeObservation? Observation { get; private set; }

    /// <summary>Of all ranks, over the time spent in steps, without validation and saving.</summary>
    public double TokensPerSecond => tokens * Ranks.Count / stepping.Elapsed.TotalSeconds;

    /// <param name="checkpoint">Called at each validation and at the end, to save.</param>
    /// <param name="stop">Ends the training after the step that is running; several ranks, after the step that they next report.</param>
    public void Run(IProgressDisplay display, Action checkpoint, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var (first, every) = (Step, Math.Max(1, settings.Steps / Validations));
        var pace = new ReportPace(Ranks, first, stop);
        if (first == 0)
        {
            Validate(display);
        }

        while (Step < settings.Steps && !pace.IsStopped)
        {
            TakeStep();
            if (pace.IsDue(Step))
            {
                var left = (settings.Steps - Step) * (clock.Elapsed / (Step - first));
                display.Show(Step, ProgressText.Of(new TrainingProgress(Step, settings.Steps, ReadTrainingLoss(), TokensPerSecond, left)));
            }

            if (Step % every == 0 && Step < settings.Steps)
            {
                Validate(display);
                checkpoint();
            }
        }

        if (History.Validation.Last().Step != Step)
        {
            Validate(display);
        }

        checkpoint();
    }

    public void Save(string path) => gpt.Save(path);

    /// <exception cref="UserErrorException">The file is not a checkpoint of this model, or damaged.</exception>
    public void Load(string path) => gpt.Load(path);

    /// <summary>One step on the batches that belong to it.</summary>
    /// <returns>Its mean loss, one number, until the next step.</returns>
    public Tensor TakeStep()
    {
        stepping.Start();
        using var scope = NewDisposeScope();
        lossOfStep.zero_();
        using var observer = Observation is null ? new DtypeObserver(gpt) : null;
        foreach (var group in Training.Optimizer.ParamGroups)
        {
            group.LearningRate = schedule.At(Step);
        }

        for (var i = 0; i < settings.GradAccumulation; i++)
        {
            BackwardOnBatch((Step * settings.GradAccumulation) + i);
        }

        Observation ??= observer?.Observe();
        Training.Step(settings.GradientClip > 0 ? settings.GradientClip : null);
        lossSum.add_(lossOfStep);
        lossSteps++;
        stepping.Stop();
        return lossOfStep;
    }

    /// <summary>The loss on the held-out end of the text.</summary>
    public double ValidationLoss() => Validation.Loss(Model, corpus, settings.Batch, device, Ranks);

    public void Dispose()
    {
        gpt.Dispose();
        lossOfStep.Dispose();
        lossSum.Dispose();
    }

    /// <summary>Adds the gradients of a batch to those of its step: of the mean over the step's batches.</summary>
    /// <param name="batch">Counted from the run's first one; each rank takes its own of as many as there are ranks.</param>
    private void BackwardOnBatch(int batch)
    {
        var own = (batch * Ranks.Count) + Ranks.Rank;
        var (inputs, targets) = Batches.Random(corpus.Training, settings.Batch, Model.Shape.Context, settings.Seed, own, device);
        var loss = cross_entropy(Model.call(inputs).flatten(0, 1), targets.flatten()) / settings.GradAccumulation;
        Training.Backward(loss);
        lossOfStep.add_(loss.detach());
        tokens += inputs.numel();
    }

    /// <summary>Waits for the device: called once in several steps.</summary>
    private double ReadTrainingLoss()
    {
        stepping.Start();
        Ranks.Average(lossSum);
        var loss = lossSum.item<float>() / lossSteps;
        lossSum.zero_();
        lossSteps = 0;
        stepping.Stop();
        History.AddTraining(Step, loss);
        return loss;
    }

    private void Validate(IProgressDisplay display)
    {
        var loss = ValidationLoss();
        History.AddValidation(Step, loss);
        display.Note(ProgressText.Validated(Step, loss));
    }
}
