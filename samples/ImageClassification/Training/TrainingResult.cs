namespace ImageClassification.Training;

/// <summary>What came of a training.</summary>
/// <param name="Accuracy">On held-out images, in percent.</param>
/// <param name="ImagesPerSecond">In steps of training.</param>
/// <param name="SkippedSteps">Steps whose gradients were not finite.</param>
internal sealed record TrainingResult(double Accuracy, double ImagesPerSecond, long SkippedSteps);
