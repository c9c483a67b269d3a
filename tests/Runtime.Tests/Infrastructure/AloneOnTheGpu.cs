namespace Precision.Runtime.Tests.Infrastructure;

/// <summary>For tests that ask whether the GPU is busy: other tests' work would answer for theirs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneOnTheGpu
{
    public const string Name = "Alone on the GPU";
}
