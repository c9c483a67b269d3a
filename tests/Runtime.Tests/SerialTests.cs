namespace Precision.Runtime.Tests;

/// <summary>Tests that read what the whole process shares (memory, TorchSharp's tensor count, a GPU's queue) run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SerialTests
{
    public const string Name = "Serial";
}
