public static class Ops
{
    [ComputesIn(Dtype.Float32)]
    public static Tensor Stable(Tensor x)
    {
        Witness.Tells(x.softmax(-1));
        return x.softmax(-1).matmul(x);
    }

    [ComputesIn(Dtype.Auto)]
    public static Tensor Fast(Tensor x) => x + 1;

    [ComputesIn(Dtype.Auto)]
    public static Tensor InRegion(Tensor x)
    {
        Witness.Tells(x);
        Witness.Tells(x * 2);
        return x + 1;
    }

    [ComputesIn(Dtype.Float32)]
    public static (Tensor, Tensor) Pair((Tensor, Tensor) pair, Tensor ids) => (pair.Item1 + pair.Item2, ids);
}

[ComputesIn(Dtype.Float32)]
public sealed class ListedNorm : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);

    public ListedNorm()
        : base("norm") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        Witness.Tells(layer.call(x));
        return layer.call(x);
    }
}

[ComputesIn(Dtype.Auto)]
public sealed class ListedGate() : Module<Tensor, Tensor>("gate")
{
    public override Tensor forward(Tensor x) => x * 2;
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class ListedModel : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);
    private readonly ListedNorm norm = new();
    private readonly ListedGate gate = new();
    private readonly Module<Tensor, Tensor> plain = new ListedGate();
    private readonly Softplus softplus = Softplus();

    public ListedModel()
        : base("listed") => RegisterComponents();

    [ComputesIn(Dtype.Float32)]
    private Tensor Own(Tensor x) => x.matmul(x);

    private Tensor ForwardCore(Tensor x)
    {
        var y = layer.call(x);
        Witness.Tells(y);
        Witness.Tells(Ops.Stable(y));
        Witness.Tells(Ops.Fast(y.@float()));
        Witness.Tells(Ops.Fast(y.@double()));
        Witness.Tells(Ops.InRegion(y.@float()));
        Witness.Tells(Ops.InRegion(x));
        Witness.Tells(Ops.Pair((y, y), arange(4)).Item1);
        Witness.Tells(Ops.Pair((y, y), arange(4)).Item2);
        Witness.Tells(Own(y));
        Witness.Tells(norm.call(y));
        Witness.Tells(gate.call(y.@float()));
        Witness.Tells(plain.call(y.@float()));
        Witness.Tells(special.i0(y));
        Witness.Tells(y.cumprod(0));
        Witness.Tells(y.@float().cumprod(0));
        Witness.Tells(softplus.call(y.@float()));
        Func<Tensor, Tensor> late = Own;
        Witness.Misses(late(y));
        using (Autocast.Disable(x.device))
        {
            Witness.Tells(Ops.Fast(y.@float()));
            Witness.Tells(special.i0(y));
        }

        return y;
    }
}

[MixedPrecision(Dtype.BFloat16, Autocast = false)]
public sealed partial class TrueListed : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);
    private readonly ListedNorm norm = new();

    public TrueListed()
        : base("true") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var y = layer.call(x);
        Witness.Tells(Ops.Stable(y));
        Witness.Tells(Ops.Fast(Ops.Stable(y)));
        Witness.Tells(layer.call(Ops.Fast(Ops.Stable(y))));
        Witness.Tells(norm.call(y));
        Witness.Tells(special.i0(y));
        Witness.Tells(special.i0(y).cumprod(0));
        return y;
    }
}

public static class Lists
{
    public static void Run()
    {
        var x = rand(4, 4, device: Witness.Device);
        using var model = new ListedModel().to(Witness.Device);
        model.call(x);
        using var half = new TrueListed().to(Witness.Device);
        half.CreateMasterWeights();
        half.call(x);
        Witness.Tells(Ops.Pair((x.half(), x.half()), x).Item1);
        using (Autocast.Enter(x.device, Dtype.Float16))
        {
            Witness.Tells(Ops.Fast(x));
            Witness.Tells(Ops.Stable(x.half()));
        }
    }
}
