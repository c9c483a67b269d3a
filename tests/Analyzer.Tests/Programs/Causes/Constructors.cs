// Constructors, and what only they call, run before anything is stored in 16-bit.

[MixedPrecision(Dtype.Float16)]
public sealed partial class WeightNormed : Module<Tensor, Tensor>
{
    private readonly Parameter direction = Parameter(randn(8, 8));
    private readonly Parameter length = Parameter(ones(8, 1));
    private readonly Parameter scale = Parameter(randn(8).softmax(-1)); // silent

    public WeightNormed()
        : base("model")
    {
        using (no_grad())
        {
            direction.div_(direction.square().sum(1, keepdim: true).sqrt()); // silent
            scale.copy_(scale.exp() / (scale.exp().sum() + 1e-9)); // silent
        }

        RegisterComponents();
        Reset();
        ResetStatic(length);
        void Inside() => direction.mul_(direction.norm()); // silent
        Inside();
    }

    private void Reset()
    {
        using (no_grad())
        {
            length.copy_(direction.pow(2).sum(1, keepdim: true).sqrt()); // silent
            ResetDeeper();
        }
    }

    private void ResetDeeper() => direction.copy_(direction.softmax(-1)); // silent

    private static void ResetStatic(Tensor parameter) => parameter.fill_(parameter.square().mean().item<float>()); // silent

    private Tensor ForwardCore(Tensor x)
    {
        var norm = (x * direction).square(); // want PRC1003 (fp16)
        var total = norm.sum(1, keepdim: true); // want PRC1002
        var weight = direction * (length / (total.sqrt() + 1e-9)); // want PRC1008 (fp16)
        return functional.linear(x, weight) * scale.softmax(-1); // want PRC1001
    }
}

public sealed class Initialised : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Tensor table;

    public Initialised(int width)
        : base("held")
    {
        weight = Parameter(empty(width));
        table = Table(width);
        register_buffer("table", table);
        init.normal_(weight, 0, Math.Pow(width, -0.5));
        using (no_grad())
        {
            weight.div_(weight.norm() + 1e-12); // silent
        }

        RegisterComponents();
    }

    private static Tensor Table(int width)
    {
        var rates = exp(-arange(width, dtype: ScalarType.Float32)); // silent
        return rates.cumprod(0) / rates.sum(); // silent
    }

    public override Tensor forward(Tensor x)
    {
        var weighted = (x * weight).softmax(-1); // want PRC1001
        return weighted + (x * table.type_as(x)).square().mean(); // want PRC1003 (fp16)
    }
}

public abstract class Template : Module<Tensor, Tensor>
{
    protected readonly Parameter weight = Parameter(ones(8));

    protected Template()
        : base("held")
    {
        Prepare(weight);
    }

    protected virtual void Prepare(Parameter parameter)
    {
        using (no_grad())
        {
            parameter.copy_(parameter.exp()); // silent
        }
    }
}

public sealed class Derived : Template
{
    public Derived() => RegisterComponents();

    public override Tensor forward(Tensor x) => (x * weight).log_softmax(-1); // want PRC1001

    protected override void Prepare(Parameter parameter)
    {
        using (no_grad())
        {
            parameter.div_(parameter.sum()); // silent
        }
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Model : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    private readonly Initialised initialised = new(8);
    private readonly Module<Tensor, Tensor> derived = new Derived();
    private readonly double bound;

    public Model()
        : base("model")
    {
        RegisterComponents();
        bound = layer.weight!.square().sum().sqrt().item<float>(); // silent
    }

    private Tensor ForwardCore(Tensor x)
    {
        x = derived.call(initialised.call(layer.call(x)));
        var energy = layer.call(x).square(); // want PRC1003 (fp16)
        return x / energy.mean() * bound;
    }
}
