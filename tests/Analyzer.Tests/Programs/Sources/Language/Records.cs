namespace Models.Language;

/// <summary>What the model is asked.</summary>
public sealed record ModelInput(Tensor Ids, Tensor? Labels = null, KeyValueCache? Cache = null, Tensor? Banned = null);

/// <summary>What it answers.</summary>
public sealed record ModelOutput(Tensor Logits, Tensor Next, Tensor? Loss);

/// <summary>What a layer gets.</summary>
public sealed class LayerInput
{
    public required Tensor Hidden { get; init; }

    public required (Tensor Cosine, Tensor Sine) Angles { get; init; }

    public KeyValueCache? Cache { get; init; }
}

/// <summary>What a layer gives, with the loss that balances its experts.</summary>
public sealed record LayerOutput(Tensor Hidden, Tensor Balance);
