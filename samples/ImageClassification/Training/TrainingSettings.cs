namespace ImageClassification.Training;

/// <summary>How a model is trained.</summary>
/// <param name="Epochs">How many times every image is seen.</param>
/// <param name="Batch">Images per step.</param>
/// <param name="LearningRate">The highest one: it rises, then falls to almost 0 (one cycle).</param>
/// <param name="Seed">Of the initial weights and the order of the images.</param>
internal sealed record TrainingSettings(int Epochs, int Batch, double LearningRate, int Seed);
