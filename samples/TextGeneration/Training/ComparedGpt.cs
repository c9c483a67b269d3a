using Precision;
using Precision.Inspection;
using TextGeneration.Data;
using static TorchSharp.torch;

namespace TextGeneration.Training;

/// <summary>A training as one of several that are compared: all that a user of the library writes for a comparison.</summary>
internal sealed class ComparedGpt(RunSettings run, TextCorpus corpus, Device device) : IComparedTraining
{
    private readonly Trainer trainer = new(run, corpus, device);

    public MixedPrecisionTraining Training => trainer.Training;

    public Tensor Step(int step) => trainer.TakeStep();

    public double Validate() => trainer.ValidationLoss();

    public void Dispose() => trainer.Dispose();
}
