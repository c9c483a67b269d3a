public sealed class Leaf : Module<Tensor, Tensor>
{
    public Leaf()
        : base("leaf") => RegisterComponents();

    private readonly Linear layer = Linear(4, 4);

    public override Tensor forward(Tensor x) => layer.call(x).relu();
}

public sealed class Lookup : Module<Tensor, Tensor>
{
    public Lookup()
        : base("lookup") => RegisterComponents();

    private readonly Embedding embedding = Embedding(8, 4);

    public override Tensor forward(Tensor ids) => embedding.call(ids.view(-1));
}

public sealed class Upcasting : Module<Tensor, Tensor>
{
    public Upcasting()
        : base("up") => RegisterComponents();

    public override Tensor forward(Tensor x) => x.@float();
}

public sealed class Kept
{
    private readonly List<Tensor> list = [];
    private Tensor? mean;

    public Tensor Mean => mean!;

    public void Put(Tensor x)
    {
        list.Add(x);
        mean = mean is null ? x : 0.5 * mean + 0.5 * x;
    }

    public Tensor First() => list[0];
}

public sealed class KeptWide
{
    private readonly Tensor?[] pair = new Tensor?[2];
    public void Put(int at, Tensor x) => pair[at] = x;
    public Tensor Of(int at) => pair[at]!;
}

/// <summary>Computes in the region where a model holds it, and in float32 inside a marked member.</summary>
public sealed class Deep : Module<Tensor, Tensor>
{
    public Deep()
        : base("deep") => RegisterComponents();

    private readonly Linear layer = Linear(4, 4);

    public override Tensor forward(Tensor x)
    {
        Witness.Hides(layer.call(x));
        return layer.call(x);
    }
}

public sealed class Around : Module<Tensor, Tensor>
{
    public Around()
        : base("around") => RegisterComponents();

    private readonly Deep deep = new();

    public override Tensor forward(Tensor x) => deep.call(Narrow(x));

    private static Tensor Narrow(Tensor x) => Shared.Of(x);
}

public static class Shared
{
    public static Tensor Of(Tensor x)
    {
        Witness.Hides(x);
        return x;
    }
}

/// <summary>Is given tensors in other values.</summary>
public sealed class Taking : Module<Dictionary<string, Tensor>, List<Tensor>, Point, Tensor>
{
    public Taking()
        : base("taking") => RegisterComponents();

    public override Tensor forward(Dictionary<string, Tensor> named, List<Tensor> parts, Point point)
    {
        Witness.Tells(named["a"]);
        Witness.Tells(named["b"]);
        Witness.Tells(parts[1]);
        Witness.Tells(point.Left);
        return named["a"] + parts[0];
    }
}

/// <summary>Gives what a local function makes of what another one gives.</summary>
public sealed class Folding : Module<Tensor, Tensor>
{
    public Folding()
        : base("folding") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        Tensor Twice(Tensor y) => y * 2;
        var soft = Twice(x).softmax(-1);
        return training ? soft : x;
    }
}

[MixedPrecision(Dtype.BFloat16, Autocast = false)]
public sealed partial class HoldsInTrue16Bit : Module<Tensor, Tensor, Tensor, Tensor>
{
    private Module<Tensor, Tensor> linear;
    private Module<Tensor, Tensor> activation;
    private readonly Module<Tensor, Tensor> own = new Leaf();
    private readonly Module<Tensor, Tensor> up = new Upcasting();
    private readonly Module<Tensor, Tensor> either;
    private readonly Sequential sequential = Sequential(("a", Linear(4, 4)), ("b", GELU()), ("c", Sequential(new Leaf(), Dropout(0.1))));
    private readonly Sequential widening = Sequential(Linear(4, 4), new Upcasting());
    private readonly Sequential filled;
    private readonly Sequential filledAndWide;
    private readonly Sequential perhapsWide;
    private readonly ModuleList<Module<Tensor, Tensor>> list = new();
    private readonly ModuleDict<Module<Tensor, Tensor>> dictionary
        = ModuleDict<Module<Tensor, Tensor>>(("a", Linear(4, 4)), ("b", new Leaf()));
    private readonly Module<Tensor, Tensor>[] array = [new Leaf(), new Upcasting()];
    private readonly Lookup lookup = new();
    private readonly Kept kept = new();
    private readonly KeptWide keptWide = new();
    private readonly Folding folding = new();
    private readonly Module<Tensor, Tensor> given;
    private readonly Parameter weight = nn.Parameter(ones(4));

    public HoldsInTrue16Bit(bool gelu, Module<Tensor, Tensor> given)
        : base("holds")
    {
        Build(gelu);
        this.given = given;
        either = gelu ? new Leaf() : new Upcasting();
        var layers = new List<Module<Tensor, Tensor>>();
        for (var i = 0; i < 2; i++)
        {
            layers.Add(new Leaf());
            layers.Add(gelu ? GELU() : ReLU());
        }

        filled = Sequential(layers);
        List<(string, Module<Tensor, Tensor>)> named = [("first", new Leaf())], perhaps = [];
        if (gelu)
        {
            named.Add(("second", new Leaf()));
            perhaps.Add(("wide", new Upcasting()));
        }

        named.Add(("last", new Upcasting()));
        filledAndWide = Sequential(named);
        perhapsWide = Sequential(perhaps);
        for (var i = 0; i < 3; i++)
        {
            list.Add(i == 0 ? Linear(4, 4) : new Leaf());
        }

        foreach (var (name, module) in new (string, Module<Tensor, Tensor>)[] { ("x0", array[0]), ("x1", array[1]) })
        {
            register_module(name, module);
        }

        RegisterComponents();
        Witness.Hides(weight * 2);
        Reset();
    }

    private void Reset()
    {
        using (no_grad())
        {
            Witness.Hides(weight.sum());
            Witness.Hides(weight * weight);
        }
    }

    private void Build(bool gelu)
    {
        linear = Linear(4, 4);
        activation = gelu ? GELU() : ReLU();
    }

    private Tensor ForwardCore(Tensor x, Tensor ids, Tensor mask)
    {
        Witness.Tells(x);
        Witness.Hides(ids);
        Witness.Hides(mask);
        Witness.Tells(linear.call(x));
        kept.Put(x.detach());
        kept.Put(linear.call(x).detach());
        Witness.Tells(kept.First());
        Witness.Tells(kept.Mean);
        keptWide.Put(0, x.detach());
        keptWide.Put(1, up.call(x).detach());
        Witness.Hides(keptWide.Of(0));
        Witness.Hides(keptWide.Of(1));
        Witness.Tells(activation.call(linear.forward(x)));
        Witness.Tells(own.call(x));
        Witness.Tells(up.call(x));
        Witness.Hides(either.call(x));
        Witness.Hides(given.call(x));
        Witness.Tells(sequential.call(x));
        Witness.Tells(widening.call(x));
        Witness.Tells(filled.call(x));
        Witness.Tells(filledAndWide.call(x));
        Witness.Hides(perhapsWide.call(x));
        var y = x;
        foreach (var module in list)
        {
            y = module.call(y);
            Witness.Tells(y);
        }

        Witness.Tells(y);
        foreach (var (one, wide) in list.Zip(new[] { up, up, up }))
        {
            Witness.Tells(one.call(x));
            Witness.Tells(wide.call(x));
        }

        foreach (var (a, b) in new[] { x }.Zip(new[] { up.call(x) }))
        {
            Witness.Tells(a);
            Witness.Tells(b);
        }

        foreach (var (i, module) in array.Index())
        {
            Witness.Hides(module.call(x) * i);
        }

        Witness.Tells(list[1].call(x));
        Witness.Tells(list.First().call(x));
        Witness.Tells(dictionary["a"].call(x));
        Witness.Tells(array[0].call(x));
        Witness.Tells(array[1].call(x));
        foreach (var module in array)
        {
            Witness.Hides(module.call(x));
        }

        Witness.Tells(Run(own, x));
        Witness.Tells(Run(up, x));
        Witness.Hides(lookup.call(ids));
        Witness.Tells(folding.call(x));
        Witness.Tells(x.masked_fill(mask, 0));
        Witness.Tells(new Leaf().to(ScalarType.BFloat16).call(x));
        Module<Tensor, Tensor> local = y.shape[0] > 1 ? list[0] : linear;
        Witness.Tells(local.call(x));
        return y;
    }

    private static Tensor Run(Module<Tensor, Tensor> module, Tensor x) => module.call(x);
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class HoldsInRegion : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> linear = Linear(4, 4);
    private readonly Module<Tensor, Tensor> own = new Leaf();
    private readonly Sequential sequential = Sequential(Linear(4, 4), LayerNorm(4), ReLU());
    private readonly Sequential soft = Sequential(Linear(4, 4), Softmax(-1));
    private readonly Module<Tensor, Tensor> direct = Softmax(-1);
    private readonly Module<Tensor, Tensor> norm = LayerNorm(4);
    [FullPrecision] private readonly Module<Tensor, Tensor> router = Linear(4, 4);
    [FullPrecision] private readonly Sequential routers = Sequential(Linear(4, 4), ReLU());
    private readonly Module<Tensor, Tensor> exact = new Exact();
    private readonly Lookup lookup = new();
    private readonly Deep deep = new();
    [FullPrecision] private readonly Around around = new();
    private readonly Around unmarked = new();
    [FullPrecision] private readonly Taking taking = new();

    public HoldsInRegion()
        : base("region") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        Witness.Tells(linear.call(x));
        Witness.Tells(own.call(x));
        Witness.Tells(sequential.call(x));
        Witness.Tells(soft.call(x));
        Witness.Tells(direct.call(linear.call(x)));
        Witness.Tells(norm.call(linear.call(x)));
        Witness.Tells(router.call(linear.call(x)));
        Witness.Tells(routers.call(linear.call(x)));
        var alias = router;
        Witness.Hides(alias.call(linear.call(x)));
        Witness.Tells(exact.call(linear.call(x)));
        Witness.Tells(lookup.call(arange(4, device: x.device)));
        Witness.Tells(deep.call(x));
        Witness.Tells(unmarked.call(deep.call(x)));
        Witness.Tells(around.call(x));
        var half = linear.call(x);
        Witness.Tells(taking.call(new() { ["a"] = half, ["b"] = half.@double() }, [half, half], new Point(half, x)));
        return x;
    }
}

[FullPrecision]
public sealed partial class Exact : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> layer = Linear(4, 4);

    public Exact()
        : base("exact") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        Witness.Tells(layer.call(x));
        return layer.call(x);
    }
}

public static class Holding
{
    public static void Run()
    {
        var x = rand(4, 4, device: Witness.Device);
        foreach (var gelu in new[] { true, false })
        {
            using var model = new HoldsInTrue16Bit(gelu, gelu ? new Leaf() : new Upcasting()).to(Witness.Device);
            model.CreateMasterWeights();
            model.call(x, randint(0, 8, 4, device: Witness.Device), x > 0.5);
        }

        using var region = new HoldsInRegion().to(Witness.Device);
        region.call(x);
    }
}
