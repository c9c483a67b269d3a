namespace Precision.Analyzer.Tests.Infrastructure;

/// <summary>Tests that run programs on libtorch: one after the other, because they seed its random numbers.</summary>
[CollectionDefinition(Collection)]
public class LibTorch
{
    public const string Collection = "libtorch";
}
