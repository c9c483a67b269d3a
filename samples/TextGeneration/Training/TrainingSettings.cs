using System.Text.Json.Serialization;
using Precision;

namespace TextGeneration.Training;

/// <summary>How a model is trained. Together with the text this decides every weight, bit for bit on one CPU.</summary>
/// <param name="Steps">Optimizer steps in all.</param>
/// <param name="Batch">Sequences per backward: per step, where gradients are not accumulated.</param>
/// <param name="LearningRate">The highest one, reached after the warm-up.</param>
/// <param name="WarmUp">Steps over which the learning rate rises; null = a tenth of all, but 10 to 100.</param>
/// <param name="Dropout">Probability, in attention and after each projection.</param>
/// <param name="Seed">Of the initial weights, the batches and dropout.</param>
/// <param name="Precision">What the model computes in and stores its parameters in.</param>
/// <param name="GradientClip">The largest common 2-norm of the gradients; 0 = no clipping.</param>
/// <param name="GradAccumulation">Batches per step.</param>
internal sealed record TrainingSettings(
    int Steps,
    int Batch,
    double LearningRate,
    int? WarmUp,
    double Dropout,
    int Seed,
    PrecisionPolicy Precision,
    double GradientClip = 1,
    int GradAccumulation = 1)
{
    private const int ShortestDefaultWarmUp = 10;
    private const int LongestDefaultWarmUp = 100;

    [JsonIgnore]
    public LearningRateSchedule Schedule
        => new(LearningRate, WarmUp ?? Math.Clamp(Steps / 10, ShortestDefaultWarmUp, LongestDefaultWarmUp), Steps);
}
