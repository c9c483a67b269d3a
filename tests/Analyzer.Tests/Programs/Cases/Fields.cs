// How projects hold modules.

public sealed class Own : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);
    public Own() : base("own") => RegisterComponents();
    public override Tensor forward(Tensor x) => layer.call(x);
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Held : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> layer;
    private readonly Module<Tensor, Tensor> own;
    private readonly Module<Tensor, Tensor> activation;
    private readonly Sequential sequence;
    private readonly ModuleList<Module<Tensor, Tensor>> list = new();

    public Held(bool smooth)
        : base("held")
    {
        layer = Linear(4, 4);
        own = new Own();
        activation = smooth ? GELU() : ReLU();
        sequence = Sequential(Linear(4, 4), Tanh());
        list.Add(Linear(4, 4));
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x)
    {
        var y = own.forward(x).softmax(-1); // want PRC1001
        y += layer.forward(x).softmax(-1); // want PRC1001
        y += activation.forward(layer.forward(x)).softmax(-1); // want PRC1001
        y += sequence.forward(x).softmax(-1); // want PRC1001
        foreach (var item in list)
        {
            x = item.forward(x);
        }

        return y + x.softmax(-1); // want PRC1001
    }
}
