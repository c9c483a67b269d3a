// What a helper gets and what it gives.

[MixedPrecision(Dtype.Float16)]
public sealed partial class Given : Module<Tensor, Tensor>
{
    private readonly Linear query = Linear(4, 4), key = Linear(4, 4);
    public Given() : base("attention") => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => Weigh(query.call(x), key.call(x));

    private static Tensor Weigh(Tensor query, Tensor key)
    {
        var products = matmul(query, key.mT);
        return functional.softmax(products, dim: -1); // want PRC1001
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Returned : Module<Tensor, Tensor>
{
    private readonly Linear query = Linear(4, 4), key = Linear(4, 4);
    public Returned() : base("attention") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var (q, k) = Both(x);
        return q.matmul(k).softmax(-1); // want PRC1001
    }

    private (Tensor Query, Tensor Key) Both(Tensor x) => (query.call(x), key.call(x).mT);
}
