namespace Samples.CommandLine;

/// <summary>Shows a person how a training goes.</summary>
public interface IProgressDisplay
{
    /// <summary>Where it stands: replaces what was shown before, and may be left out.</summary>
    /// <param name="step">Of the steps that the display was made for.</param>
    /// <param name="text">A line that says more.</param>
    void Show(int step, string text);

    /// <summary>A line that stays.</summary>
    void Note(string text);
}
