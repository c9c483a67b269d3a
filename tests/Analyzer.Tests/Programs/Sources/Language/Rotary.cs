namespace Models.Language;

/// <summary>Rotates queries and keys by their positions.</summary>
public static class Rotary
{
    public static (Tensor Query, Tensor Key) Apply(Tensor query, Tensor key, (Tensor Cosine, Tensor Sine) angles)
        => (Rotate(query, angles.Cosine, angles.Sine), Rotate(key, angles.Cosine, angles.Sine));

    private static Tensor Rotate(Tensor x, Tensor cosine, Tensor sine)
    {
        var wide = x.to_type(ScalarType.Float32);
        var halves = wide.chunk(2, dim: -1);
        var turned = cat([-halves[1], halves[0]], dim: -1);
        return (wide * cosine + turned * sine).type_as(x);
    }
}
