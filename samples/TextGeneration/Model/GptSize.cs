namespace TextGeneration.Model;

/// <summary>A named size of model, with the batch that suits it.</summary>
/// <param name="Name">As written on the command line.</param>
/// <param name="Batch">Sequences per step.</param>
internal sealed record GptSize(string Name, int Layers, int Width, int Heads, int Context, int Batch)
{
    public static IReadOnlyList<GptSize> All { get; } =
    [
        new("tiny", Layers: 2, Width: 64, Heads: 2, Context: 64, Batch: 16),
        new("small", Layers: 4, Width: 192, Heads: 6, Context: 128, Batch: 16),
        new("medium", Layers: 6, Width: 384, Heads: 6, Context: 256, Batch: 64),
        new("large", Layers: 12, Width: 768, Heads: 12, Context: 1024, Batch: 16),
    ];

    public static GptSize Named(string name) => All.Single(size => size.Name == name);
}
