namespace Precision.Samples.Tests;

internal sealed class SilentDisplay : IProgressDisplay
{
    public void Show(int step, string text)
    {
    }

    public void Note(string text)
    {
    }
}
