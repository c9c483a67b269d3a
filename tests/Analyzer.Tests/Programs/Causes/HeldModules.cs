// Classes without annotation run in the models that hold them, whatever way they are held.

public sealed class InField : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public InField() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x)
    {
        var scores = scale.call(x);
        var precise = scores.softmax(-1, dtype: ScalarType.Float32); // silent
        return precise.type_as(x) + scores.softmax(-1); // want PRC1001
    }
}

public sealed class InProperty : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public InProperty() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x)
    {
        var count = scale.call(x).gt(0).sum(); // silent
        return scale.call(x).sum(-1, keepdim: true) / count; // want PRC1002
    }
}

public sealed class InSequential : Module<Tensor, Tensor>
{
    private readonly Conv1d mix = Conv1d(8, 8, 1);
    public InSequential() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x)
    {
        var mean = mix.call(x).mean([1L], keepdim: true); // silent
        return mean + mix.call(x).softmax(1); // want PRC1001
    }
}

public sealed class InList : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public InList() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x)
    {
        var y = scale.call(x);
        var bounded = y.tanh().exp(); // silent
        return bounded + y.square(); // want PRC1003 (fp16)
    }
}

public sealed class InDictionary : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public InDictionary() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x) => functional.log_softmax(scale.call(x), dim: -1); // want PRC1001
}

public sealed class InArray : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public InArray() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x)
    {
        var y = scale.call(x);
        var root = y.abs().pow(0.5); // silent
        return root * y.exp(); // want PRC1003 (fp16)
    }
}

public sealed class FromFactory : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public FromFactory() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x) => scale.call(x).softmax(-1); // want PRC1001
}

public sealed class Inner : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public Inner() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x)
    {
        var y = scale.call(x);
        var safe = (y + 1e-3).sqrt(); // silent
        return safe * (y + 1e-9).log(); // want PRC1008 (fp16); PRC1004
    }
}

public class Outer : Module<Tensor, Tensor>
{
    protected readonly Inner inner = new();
    public Outer() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x) => inner.call(x).sum(-1, keepdim: true); // want PRC1002
}

/// <summary>Held by the annotated model and by one in float32.</summary>
public sealed class Shared : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public Shared() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x) => scale.call(x).softmax(-1); // want PRC1001
}

public sealed class NeverHeld : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public NeverHeld() : base("free") => RegisterComponents();
    public override Tensor forward(Tensor x) => scale.call(x).softmax(-1) + scale.call(x).square(); // silent
}

public sealed class HeldInFloat32 : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public HeldInFloat32() : base("free") => RegisterComponents();
    public override Tensor forward(Tensor x) => scale.call(x).softmax(-1).sum(-1, keepdim: true); // silent
}

public sealed class Precise : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public Precise() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x) => scale.call(x).softmax(-1); // silent
}

[FullPrecision]
public sealed partial class PreciseByItsClass : Module<Tensor, Tensor>
{
    private readonly Linear scale = Linear(8, 8);
    public PreciseByItsClass() : base("held") => RegisterComponents();
    private Tensor ForwardCore(Tensor x) => scale.call(x).exp(); // silent
}

public sealed class PlainModel : Module<Tensor, Tensor>
{
    private readonly HeldInFloat32 held = new();
    private readonly Shared shared = new();
    public PlainModel() : base("plain") => RegisterComponents();
    public override Tensor forward(Tensor x) => shared.call(held.call(x)).square(); // silent
}

public sealed class Counter : Module<Tensor, Tensor>
{
    public Counter() : base("held") => RegisterComponents();
    public override Tensor forward(Tensor x) => x.argmax(-1).sum(); // silent
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Model : Module<Tensor, Tensor>
{
    private readonly InField field = new();
    private readonly Sequential sequential = Sequential(new InSequential(), ReLU());
    private readonly ModuleList<InList> list = ModuleList(new InList(), new InList());
    private readonly ModuleDict<InDictionary> dictionary = ModuleDict<InDictionary>(("one", new InDictionary()));
    private readonly InArray[] array = [new(), new()];
    private readonly Module<Tensor, Tensor> made = Make();
    private readonly Outer outer;
    private readonly Shared shared = new();
    [FullPrecision] private readonly Precise precise = new();
    private readonly PreciseByItsClass preciseByItsClass = new();
    private readonly Counter counter = new();

    public Model() : base("model")
    {
        outer = new Outer();
        for (var i = 0; i < array.Length; i++)
        {
            register_module($"array{i}", array[i]);
        }

        RegisterComponents();
    }

    private InProperty Property { get; } = new();

    private Tensor ForwardCore(Tensor x)
    {
        x = Property.call(field.call(x));
        x = dictionary["one"].call(sequential.call(x));
        foreach (var item in list)
        {
            x = item.call(x);
        }

        x = array[1].call(array[0].call(x));
        var wide = precise.call(x) + preciseByItsClass.call(x) + counter.call(x);
        return outer.call(made.call(x)) + shared.call(x) + wide.square(); // silent
    }

    private static Module<Tensor, Tensor> Make() => new FromFactory();
}
