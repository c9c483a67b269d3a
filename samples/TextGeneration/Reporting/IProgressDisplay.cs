namespace TextGeneration.Reporting;

/// <summary>Shows a person how the training goes.</summary>
internal interface IProgressDisplay
{
    void Show(TrainingProgress progress);

    void Validated(int step, double loss);
}
