namespace Precision.Benchmarks.OptimizerStep;

/// <summary>The shapes of GPT-2 small's 148 parameters, 124 million elements.</summary>
internal static class GptShapes
{
    private const int Width = 768;

    public static IReadOnlyList<long[]> All { get; } =
    [
        [50257, Width],
        [1024, Width],
        .. Enumerable.Range(0, 12).SelectMany(static _ => Block()),
        [Width],
        [Width],
    ];

    private static IEnumerable<long[]> Block() =>
    [
        [Width], [Width], [3 * Width, Width], [3 * Width], [Width, Width], [Width],
        [Width], [Width], [4 * Width, Width], [4 * Width], [Width, 4 * Width], [Width],
    ];
}
