[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Mixed : Module<Tensor, Tensor>
{
    public Mixed()
        : base("mixed") => RegisterComponents();

    private readonly Linear first = Linear(4, 4);
    private readonly Conv1d convolution = Conv1d(4, 4, 1);
    private readonly LayerNorm norm = LayerNorm(4);
    private readonly Embedding embedding = Embedding(8, 4);
    private readonly Parameter scale = nn.Parameter(ones(4));
    private readonly ModuleList<Linear> layers = ModuleList(Linear(4, 4), Linear(4, 4));
    [FullPrecision] private readonly Linear router = Linear(4, 4);
    private readonly Plain plain = new();
    private readonly Tensor ids = arange(4);
    private readonly Precise precise = new();

    private Tensor ForwardCore(Tensor x)
    {
        Witness.Hides(x);
        var y = first.call(x);
        Witness.Tells(y);
        Witness.Tells(y.relu());
        Witness.Tells(norm.call(y));
        Witness.Tells(convolution.call(y.unsqueeze(-1)));
        Witness.Tells(embedding.call(ids));
        Witness.Tells(y * scale);
        Witness.Tells(scale);
        Witness.Tells(first.weight);
        Witness.Tells(ids);
        foreach (var layer in layers)
        {
            y = layer.call(y);
            Witness.Tells(y);
        }

        Witness.Tells(layers[0].call(y));
        Witness.Tells(y.matmul(y.transpose(0, 1)));
        Witness.Tells(y.softmax(-1));
        Witness.Tells(nn.functional.softmax(y, -1));
        Witness.Tells(y.softmax(-1).matmul(y));
        Witness.Tells(y.exp());
        Witness.Tells(y.sum(1));
        Witness.Tells(y.mean());
        Witness.Tells(router.call(y));
        Witness.Tells(router.call(y.dim() > 5 ? y : y * 2));
        Witness.Tells(router?.call(y));
        Witness.Tells(y.@float().softmax(-1));
        Witness.Tells(plain.call(y));
        Witness.Tells(precise.call(y));
        Witness.Tells(Helper(y));
        Witness.Tells(nn.functional.cross_entropy(y, ids));
        Witness.Tells(y.square().mean([-1], true).rsqrt());
        Witness.Hides(x + y);
        Witness.Tells(nn.functional.dropout(nn.functional.gelu(y), 0.1));
        Witness.Tells(nn.functional.scaled_dot_product_attention(y.unsqueeze(0), y.unsqueeze(0), y.unsqueeze(0)));
        using (Autocast.Disable(x.device))
        {
            Witness.Tells(y.matmul(y));
        }

        return y;
    }

    private Tensor Helper(Tensor value)
    {
        Witness.Tells(first.call(value));
        return first.call(value) * 2;
    }
}

public sealed class Plain : Module<Tensor, Tensor>
{
    public Plain()
        : base("plain") => RegisterComponents();

    private readonly Linear layer = Linear(4, 4);

    public override Tensor forward(Tensor x) => layer.call(x).tanh();
}

[FullPrecision]
public sealed partial class Precise : Module<Tensor, Tensor>
{
    public Precise()
        : base("precise") => RegisterComponents();

    private readonly Linear layer = Linear(4, 4);

    private Tensor ForwardCore(Tensor x)
    {
        Witness.Hides(x);
        Witness.Tells(layer.call(x));
        Witness.Tells(layer.call(x).softmax(-1));
        return layer.call(x);
    }
}

[MixedPrecision(Dtype.BFloat16, Autocast = false)]
public sealed partial class TrueBFloat16 : Module<Tensor, Tensor>
{
    public TrueBFloat16()
        : base("true") => RegisterComponents();

    private readonly Linear layer = Linear(4, 4);
    private readonly LayerNorm norm = LayerNorm(4);
    private readonly Embedding embedding = Embedding(8, 4);
    private readonly Parameter scale = nn.Parameter(ones(4));

    private Tensor ForwardCore(Tensor x)
    {
        Witness.Hides(x);
        var y = layer.call(x);
        Witness.Tells(y);
        Witness.Tells(x.softmax(-1));
        Witness.Tells(norm.call(y));
        Witness.Tells(y.softmax(-1));
        Witness.Tells(y * scale);
        Witness.Tells(embedding.call(arange(4, device: x.device)));
        Witness.Tells(y.matmul(y));
        Witness.Tells(y + ones(4, device: x.device));
        return y;
    }
}

public static class Models
{
    private static readonly Tensor half = ones(3).half();
    private static Tensor Auto { get; } = ones(3).bfloat16();
    private static readonly ScalarType dtype = ScalarType.Float16;

    public static void Run()
    {
        var x = rand(4, 4, device: Witness.Device);
        using var mixed = new Mixed().to(Witness.Device);
        mixed.call(x);
        using var model = new TrueBFloat16().to(Witness.Device);
        model.CreateMasterWeights();
        model.call(x);
        Witness.Tells(half);
        Witness.Tells(half * 2);
        Witness.Tells(Auto);
        Witness.Tells(x.to(dtype));
        Witness.Tells(new Holder(x).Value);
        new Holder(x).Run();
    }

    private sealed class Holder
    {
        private Tensor cache;
        private readonly (Tensor, Tensor) pair;
        private Tensor changing = ones(2).half();

        public Holder(Tensor x)
        {
            cache = x.half();
            pair = (x.bfloat16(), x);
        }

        public Tensor Value => cache.relu();

        public void Run()
        {
            Witness.Tells(cache);
            Witness.Tells(pair.Item1);
            Witness.Tells(Value);
            Witness.Hides(changing);
            changing = changing.bfloat16();
            Witness.Misses(changing);
        }
    }
}
