// A block of the same project, reached from a true 16-bit model only.

public sealed class Block : Module<Tensor, Tensor>
{
    private readonly Linear query = Linear(4, 4), key = Linear(4, 4);
    public Block() : base("block") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var products = query.call(x).matmul(key.call(x).mT);
        var energy = key.call(x).pow(2).sum(); // want PRC1002; PRC1003 (fp16)
        return energy + products.softmax(-1).matmul(x); // want PRC1001
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Model : Module<Tensor, Tensor>
{
    private readonly Linear first = Linear(4, 4);
    private readonly Block block = new();
    public Model() : base("model") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var y = block.call(first.call(x));
        return y.pow(2); // want PRC1003 (fp16)
    }
}
