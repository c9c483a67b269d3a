namespace Models.Language;

/// <summary>Keys and values of the tokens so far, layer by layer.</summary>
public sealed class KeyValueCache(int layers)
{
    private readonly Tensor?[] keys = new Tensor?[layers];
    private readonly Tensor?[] values = new Tensor?[layers];

    public long Length => keys[0]?.shape[2] ?? 0;

    public (Tensor Keys, Tensor Values) Update(int layer, Tensor key, Tensor value)
    {
        keys[layer] = keys[layer] is { } past ? cat([past, key], dim: 2) : key;
        values[layer] = values[layer] is { } old ? cat([old, value], dim: 2) : value;
        return (keys[layer]!, values[layer]!);
    }
}
