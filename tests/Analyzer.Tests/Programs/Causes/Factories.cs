// A base class asks virtual methods for what it holds: each class that derives from it holds what its own give.

public abstract class Stage : Module<Tensor, Tensor>
{
    private readonly ModuleList<Module<Tensor, Tensor>> blocks = new();
    private readonly Module<Tensor, Tensor> head;

    protected Stage(string name, int depth)
        : base(name)
    {
        for (var i = 0; i < depth; i++)
        {
            blocks.Add(CreateBlock());
        }

        head = CreateHead();
        RegisterComponents();
    }

    protected virtual Module<Tensor, Tensor> Activation => GELU();

    public override Tensor forward(Tensor x)
    {
        foreach (var block in blocks)
        {
            x = block.call(x);
        }

        return Activation.call(head.call(x));
    }

    protected abstract Module<Tensor, Tensor> CreateBlock();

    protected virtual Module<Tensor, Tensor> CreateHead() => Linear(8, 8);
}

public sealed class Block : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    public Block() : base("block") => RegisterComponents();
    public override Tensor forward(Tensor x) => layer.call(x.type_as(layer.weight!)) + x.softmax(-1); // want PRC1001
}

public sealed class Norm : Module<Tensor, Tensor>
{
    public Norm() : base("norm") => RegisterComponents();
    public override Tensor forward(Tensor x)
    {
        var mean = x.mean([-1L], keepdim: true); // silent
        return x / x.square().sum(-1, keepdim: true) + mean; // want PRC1002; PRC1003 (fp16)
    }
}

public sealed class Wide : Module<Tensor, Tensor>
{
    public Wide() : base("wide") => RegisterComponents();
    public override Tensor forward(Tensor x) => x.to(ScalarType.Float32);
}

/// <summary>What comes before it is float32.</summary>
public sealed class AfterWide : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    public AfterWide() : base("after") => RegisterComponents();
    public override Tensor forward(Tensor x)
    {
        var weights = x.softmax(-1); // silent
        return layer.call((weights + x.exp()).type_as(layer.weight!)); // silent
    }
}

public sealed class BlockStage() : Stage("blocks", 2)
{
    protected override Module<Tensor, Tensor> CreateBlock() => new Block();
}

public sealed class NormStage() : Stage("norms", 1)
{
    protected override Module<Tensor, Tensor> CreateBlock() => Sequential(Linear(8, 8), new Norm());
    protected override Module<Tensor, Tensor> CreateHead() => Sequential(base.CreateHead(), new Soft());
}

public sealed class Soft : Module<Tensor, Tensor>
{
    public Soft() : base("soft") => RegisterComponents();
    public override Tensor forward(Tensor x) => functional.log_softmax(x, dim: -1); // want PRC1001
}

public class WideStage : Stage
{
    public WideStage() : base("wide", 1) { }
    protected override Module<Tensor, Tensor> Activation => new Wide();
    protected override Module<Tensor, Tensor> CreateBlock() => Sequential(new Wide(), new AfterWide());
}

/// <summary>The method of its base still gives its layers, the property is its own.</summary>
public sealed class NarrowStage : WideStage
{
    protected override Module<Tensor, Tensor> Activation { get; } = ReLU();
}

public sealed class GivenStage(Module<Tensor, Tensor>? given) : Stage("given", 1)
{
    public Module<Tensor, Tensor>? Given { get; set; } = given;
    protected override Module<Tensor, Tensor> CreateBlock() => Linear(8, 8);
    protected override Module<Tensor, Tensor> Activation => Given ?? new Block();
}

public sealed class FilledStage() : OpenStage("filled")
{
    protected override Module<Tensor, Tensor> First { get; } = new Wide();
}

public abstract class OpenStage : Module<Tensor, Tensor>
{
    protected OpenStage(string name) : base(name) => RegisterComponents();
    protected virtual Module<Tensor, Tensor> First { get; } = Linear(8, 8);
    public override Tensor forward(Tensor x)
    {
        var y = First.call(x);
        return y.softmax(-1) + y.sum(-1, keepdim: true); // silent
    }
}

public sealed class DefaultStage : Module<Tensor, Tensor>
{
    private readonly HeadedStage inner = new();
    public DefaultStage() : base("default") => RegisterComponents();
    public override Tensor forward(Tensor x) => inner.call(x).exp(); // want PRC1003 (fp16)
}

public class HeadedStage : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> head;
    public HeadedStage() : base("headed")
    {
        head = Create();
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => head.call(x);
    protected virtual Module<Tensor, Tensor> Create() => Linear(8, 8);
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Model : Module<Tensor, Tensor>
{
    private readonly BlockStage blocks = new();
    private readonly NormStage norms = new();
    private readonly WideStage wide = new();
    private readonly NarrowStage narrow = new();
    private readonly GivenStage given;
    private readonly FilledStage filled = new();
    private readonly DefaultStage headed = new();

    public Model(Module<Tensor, Tensor>? given)
        : base("model")
    {
        this.given = new GivenStage(given);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x)
    {
        var sum = zeros(1, device: x.device);
        sum += blocks.call(x).softmax(-1); // want PRC1001
        sum += norms.call(x).square(); // want PRC1003 (fp16)
        sum += narrow.call(x).sum(); // want PRC1002
        sum += wide.call(x).softmax(-1); // silent
        sum += wide.call(x).square().sum(); // silent
        sum += given.call(x).softmax(-1); // silent
        sum += given.call(x).square(); // silent
        sum += filled.call(x).sum(); // silent
        sum += headed.call(x).to(ScalarType.Float32).sum(); // silent
        sum += blocks.call(x).mean(); // silent
        return sum + narrow.call(x).tanh().exp(); // silent
    }
}
