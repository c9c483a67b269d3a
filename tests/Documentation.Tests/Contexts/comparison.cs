// Statements of a comparison, and the class that a user writes for it.
using Precision;
using Precision.Inspection;
using Precision.Reports;
using Spectre.Console;
using TorchSharp;

internal static class Context
{
    private static void Run()
    {
        /* block */
    }
}

internal sealed class MyTraining(PrecisionPolicy policy, int seed) : IComparedTraining
{
    public MixedPrecisionTraining Training => throw new NotImplementedException($"{policy} {seed}");

    public torch.Tensor Step(int step) => throw new NotImplementedException();

    public double Validate() => throw new NotImplementedException();

    public void Dispose()
    {
    }
}
