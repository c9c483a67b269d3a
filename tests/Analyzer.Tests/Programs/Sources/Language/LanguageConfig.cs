namespace Models.Language;

/// <summary>How the products of queries and keys become weights.</summary>
public enum AttentionKind
{
    /// <summary>A softmax over all scores.</summary>
    Eager,

    /// <summary>A softmax that computes in float32.</summary>
    Upcast,

    /// <summary>A softmax over the last tokens only.</summary>
    Sliding,
}

/// <summary>The sizes of a language model.</summary>
public sealed record LanguageConfig(
    int Vocabulary = 32,
    int Width = 16,
    int Layers = 2,
    int Heads = 4,
    int KeyHeads = 2,
    int Experts = 2,
    int MaximumLength = 32,
    double RotaryBase = 10000,
    AttentionKind Attention = AttentionKind.Eager,
    bool HardMask = false,
    double Smoothing = 0.1)
{
    public int HeadWidth => Width / Heads;
}
