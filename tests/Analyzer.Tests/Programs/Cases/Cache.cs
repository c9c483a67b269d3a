// Static helpers that cast back or only repeat, and a cache that the forward writes.

public static class Turning
{
    public static Tensor Turn(Tensor x, Tensor angles)
    {
        var pairs = x.to_type(ScalarType.Float32).reshape(x.shape[0], -1, 2);
        return (angles * pairs).reshape(x.shape).type_as(x);
    }

    public static Tensor Repeat(Tensor x, int times)
        => times == 1 ? x : x.unsqueeze(1).expand(x.shape[0], times, x.shape[1], x.shape[2]).flatten(0, 1);
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Cached : Module<Tensor, int, Tensor>
{
    private readonly Linear projection = Linear(4, 4);
    private readonly Tensor angles = rand(2);
    private readonly Tensor keys;

    public Cached(ScalarType dtype)
        : base("attention")
    {
        keys = zeros(1, 8, 4, dtype: dtype);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x, int start)
    {
        var (query, key) = (projection.forward(x), projection.forward(x));
        var y = query.matmul(key.mT).softmax(-1); // want PRC1001
        query = Turning.Turn(query, angles);
        y += query.matmul(key.mT).softmax(-1); // want PRC1001
        key = Turning.Repeat(key, 2);
        y += key.matmul(key.mT).softmax(-1); // want PRC1001
        keys[..1, start..(start + 1)] = key;
        var seen = keys[..1, ..(start + 1)];
        return y + projection.forward(x).matmul(seen.mT).softmax(-1); // want PRC1001
    }
}
