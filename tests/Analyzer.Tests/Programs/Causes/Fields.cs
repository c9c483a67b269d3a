// What a field holds is known from what is assigned to it.

public sealed class Own : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    public Own() : base("own") => RegisterComponents();
    public override Tensor forward(Tensor x) => layer.call(x);
}

public sealed class Widened : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    public Widened() : base("widened") => RegisterComponents();
    public override Tensor forward(Tensor x) => layer.call(x).to(ScalarType.Float32);
}

public sealed class Chosen : Module<Tensor, Tensor>
{
    public Chosen() : base("chosen") => RegisterComponents();
    public override Tensor forward(Tensor x) => x.argmax(-1, keepdim: true);
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Model : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> layer = Linear(8, 8);
    private readonly Module<Tensor, Tensor> inConstructor;
    private readonly Module<Tensor, Tensor> own = new Own();
    private readonly Module<Tensor, Tensor> act;
    private readonly Module<Tensor, Tensor>? optional;
    private readonly Module<Tensor, Tensor> bySwitch;
    private readonly Sequential sequential = Sequential(("one", Linear(8, 8)), ("act", ReLU()));
    private readonly ModuleList<Module<Tensor, Tensor>> list = new();
    private readonly ModuleDict<Module<Tensor, Tensor>> dictionary = new();
    private readonly Module<Tensor, Tensor>[] array = [Linear(8, 8), Linear(8, 8)];
    private readonly Module normal = LayerNorm(8);
    [FullPrecision] private readonly Module<Tensor, Tensor> precise = Linear(8, 8);
    private readonly Module<Tensor, Tensor> widened = new Widened();
    private readonly Module<Tensor, Tensor> either;
    private readonly Module<Tensor, Tensor> given;
    private readonly Module<Tensor, Tensor> chosen = new Chosen();
    private readonly ModuleList<Widened> wide = ModuleList(new Widened());
    private readonly Sequential wideSequence = Sequential(Linear(8, 8), new Widened());
    private readonly ModuleDict<Module<Tensor, Tensor>> mixed = new();

    public Model(bool gelu, string norm, Module<Tensor, Tensor> given)
        : base("model")
    {
        inConstructor = Linear(8, 8);
        act = gelu ? GELU() : ReLU();
        optional = gelu ? Linear(8, 8) : null;
        bySwitch = norm switch { "layer" => LayerNorm(8), "group" => GroupNorm(2, 8), _ => Identity() };
        for (var i = 0; i < 2; i++)
        {
            list.Add(Linear(8, 8));
            register_module($"array{i}", array[i]);
        }

        dictionary.Add(("own", new Own()));
        either = gelu ? new Widened() : Linear(8, 8);
        mixed.Add(("own", new Own()));
        mixed.Add(("wide", new Widened()));
        this.given = given;
        RegisterComponents();
    }

    public Module<Tensor, Tensor>? Replaceable { get; set; }

    private Tensor ForwardCore(Tensor x)
    {
        var sum = zeros(1, device: x.device);
        sum += layer.forward(x).softmax(-1); // want PRC1001
        sum += inConstructor.call(x).softmax(-1); // want PRC1001
        sum += own.call(x).square(); // want PRC1003 (fp16)
        sum += act.call(layer.call(x)).sum(-1); // want PRC1002
        sum += optional is null ? zeros(1) : optional.call(x).softmax(-1); // want PRC1001
        sum += bySwitch.call(layer.call(x)).exp(); // want PRC1003 (fp16)
        sum += sequential.forward(x).softmax(-1); // want PRC1001
        sum += list[0].call(x).softmax(-1); // want PRC1001
        sum += dictionary["own"].call(x).softmax(-1); // want PRC1001
        sum += array[1].call(x).sum(); // want PRC1002
        sum += ((LayerNorm)normal).call(layer.call(x)).softmax(-1); // want PRC1001
        foreach (var item in list)
        {
            x = item.call(x);
        }

        sum += x.softmax(-1); // want PRC1001
        sum += precise.call(x).softmax(-1); // silent
        sum += widened.call(x).softmax(-1); // silent
        sum += widened.forward(x).square().sum(); // silent
        sum += either.call(x).softmax(-1); // silent
        sum += given.call(x).softmax(-1); // silent
        sum += given.call(x).square().sum(); // silent
        sum += chosen.call(x).sum(); // silent
        sum += chosen.call(x).square(); // silent
        sum += wide[0].call(x).exp(); // silent
        sum += wideSequence.call(x).softmax(-1); // silent
        sum += mixed["wide"].call(x).to(ScalarType.Float32).softmax(-1); // silent
        sum += layer.call(x).to(ScalarType.Float32).sum(); // silent
        return sum + (Replaceable is null ? zeros(1) : Replaceable.call(x).softmax(-1)); // silent
    }
}
