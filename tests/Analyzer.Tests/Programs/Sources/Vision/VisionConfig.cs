namespace Models.Vision;

/// <summary>The sizes of a vision transformer.</summary>
public sealed record VisionConfig
{
    public int ImageSize { get; init; } = 16;

    public int PatchSize { get; init; } = 2;

    public int Width { get; init; } = 16;

    public int Heads { get; init; } = 2;

    public int Window { get; init; } = 2;

    public int[] Depths { get; init; } = [2, 2];

    public int Classes { get; init; } = 10;

    public string Activation { get; init; } = "squared_relu";

    public bool NormalisePatches { get; init; } = true;

    public bool CosineAttention { get; init; }

    /// <summary>Every how many blocks attention sees the whole image.</summary>
    public int GlobalEvery { get; init; } = 2;
}
