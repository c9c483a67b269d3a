// Only the outermost class is annotated: several levels below it run in its precision, and what comes back up has it.

public abstract class Block(string name) : Module<Tensor, Tensor>(name)
{
    public override Tensor forward(Tensor x)
    {
        var branch = Inner(x);
        var energy = branch.mean([-1L], keepdim: true); // silent
        return x + branch / (energy + 1e-9); // want PRC1008 (fp16)
    }

    protected abstract Tensor Inner(Tensor x);
}

public sealed class Attention : Block
{
    private readonly Linear qkv = Linear(8, 24);
    public Attention() : base("attention") => RegisterComponents();

    protected override Tensor Inner(Tensor x)
    {
        var parts = qkv.call(x).chunk(3, -1);
        var scores = parts[0].matmul(parts[1].transpose(-2, -1)) / Math.Sqrt(8); // want PRC1013 (region, fp16)
        var largest = scores.amax([-1L], keepdim: true);
        var shifted = (scores - largest).to(ScalarType.Float32).exp(); // silent
        var byHand = shifted / shifted.sum(-1, keepdim: true); // silent
        return (scores.softmax(-1) + byHand.type_as(scores)).matmul(parts[2]); // want PRC1001
    }
}

public sealed class Gate : Block
{
    private readonly Linear up = Linear(8, 16), down = Linear(16, 8);
    public Gate() : base("gate") => RegisterComponents();

    protected override Tensor Inner(Tensor x)
    {
        var hidden = up.call(x).relu().square(); // want PRC1003 (fp16)
        return down.call(hidden);
    }
}

public sealed class Layer : Module<Tensor, Tensor>
{
    private readonly Block attention = new Attention();
    private readonly Block gate = new Gate();
    private readonly LayerNorm norm = LayerNorm(8);
    public Layer() : base("layer") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = gate.call(attention.call(norm.call(x)));
        var spread = x.std(-1, keepdim: true); // want PRC1002
        var counted = x.isinf().sum(); // silent
        return x / (spread + 1) + counted; // silent
    }
}

public sealed class Stack : Module<Tensor, Tensor[]>
{
    private readonly ModuleList<Layer> layers;
    public Stack(int depth) : base("stack")
    {
        layers = ModuleList(Enumerable.Range(0, depth).Select(static _ => new Layer()).ToArray());
        RegisterComponents();
    }

    public override Tensor[] forward(Tensor x)
    {
        var results = new List<Tensor>();
        foreach (var layer in layers)
        {
            x = layer.call(x);
            results.Add(x);
        }

        var wide = x.to(ScalarType.Float32).norm(); // silent
        return [.. results, x * wide.reciprocal().type_as(x)];
    }
}

public sealed class Criterion : Module<Tensor, Tensor, Tensor>
{
    private readonly MSELoss loss = MSELoss();
    public Criterion() : base("criterion") => RegisterComponents();

    public override Tensor forward(Tensor prediction, Tensor target)
    {
        var error = loss.call(prediction, target); // want PRC1005
        var precise = functional.mse_loss(prediction.to(ScalarType.Float32), target.to(ScalarType.Float32)); // silent
        return error + functional.l1_loss(prediction, target) + precise; // want PRC1005
    }
}

/// <summary>Used by the training loop on what the model returned.</summary>
public sealed class OuterCriterion : Module<Tensor, Tensor, Tensor>
{
    private readonly CrossEntropyLoss loss = CrossEntropyLoss();
    public OuterCriterion() : base("outer") => RegisterComponents();

    public override Tensor forward(Tensor prediction, Tensor target)
    {
        var penalty = prediction.logsumexp(-1).square().mean(); // silent
        return loss.call(prediction, target) + penalty; // silent
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Model : Module<Tensor, Tensor, Tensor>
{
    private readonly Stack stack;
    private readonly Criterion criterion = new();
    private readonly Linear head = Linear(8, 8);

    public Model(int depth = 2)
        : base("model")
    {
        stack = new Stack(depth);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x, Tensor target)
    {
        var features = stack.call(x);
        var logits = head.call(features[^1]);
        var loss = criterion.call(logits, target);
        var last = features[0].softmax(-1); // want PRC1001
        var mask = logits.masked_fill(logits > 0, -1e9); // want PRC1007 (fp16)
        var fits = logits.masked_fill(logits > 0, -1e4); // silent
        return loss + last.mean() + mask.mean() + fits.mean(); // silent
    }
}

public static class Training
{
    public static Tensor Step(Model model, OuterCriterion criterion, Tensor x, Tensor y)
    {
        var result = model.call(x, y);
        return criterion.call(result, y) + result.softmax(-1).sum(); // silent
    }
}
