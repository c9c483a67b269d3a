// A Sequential of a list is known in the order in which statements fill the list.

public sealed class Widened : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    public Widened() : base("widened") => RegisterComponents();
    public override Tensor forward(Tensor x) => layer.call(x.type_as(layer.weight!)).to(ScalarType.Float32);
}

public sealed class Narrowed : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    public Narrowed() : base("narrowed") => RegisterComponents();
    public override Tensor forward(Tensor x) => layer.call(x.type_as(layer.weight!));
}

/// <summary>What it gets shows only in what the first of its layers takes.</summary>
public sealed class Counted : Module<Tensor, Tensor>
{
    private readonly Sequential layers;

    public Counted(int depth)
        : base("counted")
    {
        var list = new List<Module<Tensor, Tensor>>();
        for (var i = 0; i < depth; i++)
        {
            list.Add(Linear(8, 8));
            list.Add(ReLU());
        }

        list.Add(Linear(8, 8));
        layers = Sequential(list);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => layers.call(x).sum() + x.softmax(-1); // want PRC1001; PRC1002
}

/// <summary>The first of its layers takes indices.</summary>
public sealed class Looked : Module<Tensor, Tensor>
{
    private readonly Sequential layers;

    public Looked(int depth)
        : base("looked")
    {
        var list = new List<Module<Tensor, Tensor>> { Embedding(8, 8) };
        for (var i = 0; i < depth; i++)
        {
            list.Add(Linear(8, 8));
        }

        layers = Sequential(list);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var mean = x.sum(); // silent
        return layers.call(x).softmax(-1) + mean; // want PRC1001
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Model : Module<Tensor, Tensor, Tensor>
{
    private readonly Sequential repeated;
    private readonly Sequential branched;
    private readonly Sequential narrowedLast;
    private readonly Sequential ranged;
    private readonly Sequential widenedLast;
    private readonly Sequential widenedSometimes;
    private readonly Sequential widenedInTurn;
    private readonly Sequential widenedFirst;
    private readonly Sequential early;
    private readonly Sequential replaced;
    private readonly Sequential interrupted;
    private readonly Sequential widenedOrNot;
    private readonly Sequential maybeEmpty;
    private readonly Counted counted = new(2);
    private readonly Looked looked = new(2);

    public Model(int depth, bool gelu, Module<Tensor, Tensor> given)
        : base("model")
    {
        repeated = Repeated();
        branched = Branched(gelu);
        narrowedLast = Ended(depth, new Narrowed());
        widenedLast = Ended(depth, new Widened());
        ranged = Sequential(Enumerable.Range(0, depth).Select(_ => new Narrowed()).Append(new Narrowed()).ToList());

        List<Module<Tensor, Tensor>> sometimes = [new Narrowed()], inTurn = [];
        if (gelu)
        {
            sometimes.Add(new Widened());
        }

        widenedSometimes = Sequential(sometimes);
        foreach (var width in new[] { 8, 8 })
        {
            inTurn.Add(new Narrowed());
            inTurn.Add(new Widened());
        }

        widenedInTurn = Sequential(inTurn.ToArray());
        var first = new List<Module<Tensor, Tensor>> { new Narrowed() };
        first.Insert(0, new Widened());
        widenedFirst = Sequential(first);
        var open = new List<Module<Tensor, Tensor>> { new Widened() };
        early = Sequential(open);
        open.Add(new Narrowed());
        var other = new List<Module<Tensor, Tensor>> { new Narrowed() };
        other = [given];
        replaced = Sequential(other);
        var broken = new List<Module<Tensor, Tensor>>();
        for (var i = 0; i < 2; i++)
        {
            broken.Add(new Widened());
            if (i == depth)
            {
                break;
            }

            broken.Add(new Narrowed());
        }

        interrupted = Sequential(broken);
        widenedOrNot = Either(gelu);
        var none = new List<Module<Tensor, Tensor>>();
        for (var i = 0; i < depth; i++)
        {
            none.Add(new Narrowed());
        }

        maybeEmpty = Sequential(none);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x, Tensor ids)
    {
        var wide = x.to(ScalarType.Float32);
        var sum = zeros(1, device: x.device);
        sum += repeated.call(x).softmax(-1); // want PRC1001
        sum += repeated.call(wide).sum(); // want PRC1002
        sum += branched.call(wide).square(); // want PRC1003 (fp16)
        sum += narrowedLast.call(wide).softmax(-1); // want PRC1001
        sum += ranged.call(wide).softmax(-1); // want PRC1001
        sum += maybeEmpty.call(x).softmax(-1); // want PRC1001
        sum += counted.call(x) + looked.call(ids); // silent
        sum += maybeEmpty.call(wide).softmax(-1); // silent
        sum += widenedLast.call(x).softmax(-1); // silent
        sum += widenedSometimes.call(x).softmax(-1); // silent
        sum += widenedInTurn.call(x).softmax(-1); // silent
        sum += widenedFirst.call(x).softmax(-1); // silent
        sum += early.call(x).softmax(-1); // silent
        sum += early.call(x).exp().sum(); // silent
        sum += replaced.call(x).softmax(-1); // silent
        sum += interrupted.call(x).sum(); // silent
        sum += widenedOrNot.call(x).softmax(-1); // silent
        return sum + widenedLast.call(x).square().sum(); // silent
    }

    private static Sequential Repeated()
    {
        var layers = new List<(string, Module<Tensor, Tensor>)>();
        for (var i = 0; i < 3; i++)
        {
            layers.Add(($"layer{layers.Count}", new Narrowed()));
            layers.Add(($"act{layers.Count}", ReLU()));
        }

        return Sequential(layers);
    }

    private static Sequential Branched(bool gelu)
    {
        var layers = Sequential();
        layers.append(new Widened());
        if (gelu)
        {
            layers.append(new Narrowed());
            layers.append(GELU());
        }
        else
        {
            layers.append(new Narrowed());
        }

        return layers;
    }

    private static Sequential Either(bool wide)
    {
        var layers = new List<Module<Tensor, Tensor>> { new Narrowed() };
        if (wide)
        {
            layers.Add(new Widened());
        }
        else
        {
            layers.Add(new Narrowed());
        }

        return Sequential(layers);
    }

    private static Sequential Ended(int depth, Module<Tensor, Tensor> last)
    {
        var layers = new List<Module<Tensor, Tensor>>();
        while (layers.Count < depth)
        {
            layers.Add(new Widened());
        }

        layers.Add(last);
        return Sequential([.. layers]);
    }
}
