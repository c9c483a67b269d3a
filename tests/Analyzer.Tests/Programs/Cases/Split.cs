// Queries, keys and values cut out of one projection.

[MixedPrecision(Dtype.Float16)]
public sealed partial class BySizes : Module<Tensor, Tensor>
{
    private readonly Linear all = Linear(4, 12);
    public BySizes() : base("attention") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        Tensor[] pieces = all.call(x).split([4L, 4L, 4L], dim: -1);
        Tensor query = pieces[0], key = pieces[1];
        var products = query.matmul(key.transpose(-2, -1)) / 2; // want PRC1013 (region, fp16)
        products = products.softmax(-1); // want PRC1001
        return products.matmul(pieces[2]);
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class ByChunks : Module<Tensor, Tensor>
{
    private readonly Linear all = Linear(4, 12);
    public ByChunks() : base("attention") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var pieces = all.call(x).chunk(3, -1);
        return pieces[0].matmul(pieces[1].transpose(-2, -1)).softmax(-1).matmul(pieces[2]); // want PRC1001
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class BySwitch : Module<Tensor, Tensor>
{
    private readonly Linear all = Linear(4, 8);
    private readonly bool fused;
    public BySwitch(bool fused) : base("attention") => (this.fused, _) = (fused, RegisterAll());

    private int RegisterAll()
    {
        RegisterComponents();
        return 0;
    }

    private Tensor ForwardCore(Tensor x)
    {
        var both = all.call(x);
        var (query, key) = (both.narrow(-1, 0, 4), both.narrow(-1, 4, 4));
        switch (fused)
        {
            case true:
                x = functional.scaled_dot_product_attention(query, key, x);
                break;
            default:
                var products = query.matmul(key.transpose(-2, -1));
                products = products.softmax(-1); // want PRC1001
                x = products.matmul(x);
                break;
        }

        return x;
    }
}
