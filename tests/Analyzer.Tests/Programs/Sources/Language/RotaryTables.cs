namespace Models.Language;

/// <summary>Angles of rotary embeddings, which no module owns and nothing converts.</summary>
public sealed class RotaryTables
{
    private readonly Tensor cosine;
    private readonly Tensor sine;

    public RotaryTables(int width, int length, double rotaryBase)
    {
        var exponents = arange(0, width, 2, dtype: ScalarType.Float32) / width;
        var inverse = pow(rotaryBase, exponents).reciprocal();
        var angles = outer(arange(length, dtype: ScalarType.Float32), inverse);
        var doubled = cat([angles, angles], dim: -1);
        cosine = doubled.cos();
        sine = doubled.sin();
    }

    public (Tensor Cosine, Tensor Sine) Between(long start, long end, Device device)
        => (cosine.narrow(0, start, end - start).to(device), sine.narrow(0, start, end - start).to(device));
}
