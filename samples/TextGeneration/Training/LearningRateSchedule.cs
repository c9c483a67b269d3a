namespace TextGeneration.Training;

/// <summary>Linear warm-up, then half a cosine down to a tenth of the peak (Loshchilov and Hutter 2016, without restarts).</summary>
/// <param name="Peak">The highest rate.</param>
/// <param name="WarmUp">Steps of the linear rise.</param>
/// <param name="Steps">Steps in all.</param>
internal sealed record LearningRateSchedule(double Peak, int WarmUp, int Steps)
{
    private const double Floor = 0.1;

    /// <param name="step">The step that is about to be taken, from 0.</param>
    public double At(int step)
    {
        if (step < WarmUp)
        {
            return Peak * (step + 1) / WarmUp;
        }

        var progress = Math.Min(1, (step - WarmUp) / (double)Math.Max(1, Steps - WarmUp));
        return Peak * (Floor + ((1 - Floor) * (1 + Math.Cos(Math.PI * progress)) / 2));
    }
}
