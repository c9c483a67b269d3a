using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Generated;

/// <summary>A generated forward leaves no tensor of its own behind, and disposes none that somebody else holds.</summary>
[Collection(SerialTests.Name)]
public class TensorsLeftTests
{
    public static TheoryData<string, Dtype> Models => new()
    {
        { "region", Dtype.Float32 },
        { "region", Dtype.BFloat16 },
        { "region, 16-bit output", Dtype.Float32 },
        { "true 16-bit", Dtype.Float32 },
        { "float32 policy", Dtype.BFloat16 },
        { "[FullPrecision] class", Dtype.BFloat16 },
        { "[FullPrecision] member", Dtype.Float32 },
        { "nested", Dtype.Float32 },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void As_many_tensors_are_left_as_of_a_plain_layer(string kind, Dtype input)
    {
        using var model = Make(kind);
        if (kind is "true 16-bit")
        {
            ((IMixedPrecisionModule)model).CreateMasterWeights().Dispose();
        }

        foreach (var withGraph in new[] { false, true })
        {
            using var mode = set_grad_enabled(withGraph);
            using var kept = NewDisposeScope();
            using var x = randn(4, 4, dtype: input is Dtype.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);
            model.call(x).Dispose();
            var before = Tensor.TotalCount;
            for (var i = 0; i < 20; i++)
            {
                model.call(x).Dispose();
            }

            Assert.Equal(before, Tensor.TotalCount);
            Assert.False(x.IsInvalid);
        }
    }

    [Fact]
    public void What_the_caller_or_the_model_holds_stays()
    {
        using var model = new Returning { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16) };
        using var x = ones(2, 2, dtype: ScalarType.BFloat16);
        foreach (var what in new[] { "input", "parameter", "buffer", "field" })
        {
            model.What = what;
            for (var i = 0; i < 2; i++)
            {
                using var result = model.call(x);
                Assert.Equal(ScalarType.Float32, result.dtype);
                Assert.Equal(1, result.mean().item<float>());
            }
        }

        Assert.False(x.IsInvalid);
        Assert.All(model.parameters(), static parameter => Assert.False(parameter.IsInvalid));
        Assert.All(model.buffers(), static buffer => Assert.False(buffer.IsInvalid));
    }

    [Theory]
    [InlineData("field")]
    [InlineData("property")]
    [InlineData("array")]
    [InlineData("list")]
    [InlineData("dictionary")]
    [InlineData("record")]
    [InlineData("list of records")]
    [InlineData("annotated module inside")]
    [InlineData("plain module two levels down")]
    public void What_a_module_inside_holds_stays(string where)
    {
        using var scope = NewDisposeScope();
        using var model = new Keeping(where);
        var x = ones(2, 4);
        for (var i = 0; i < 2; i++)
        {
            var result = model.call(x);
            Assert.Equal(ScalarType.Float32, result.dtype);
            Assert.Equal(ScalarType.BFloat16, model.Kept.dtype);
            Assert.True(model.Kept.to_type(ScalarType.Float32).allclose(result));
        }
    }

    [Fact]
    public void A_returned_record_that_the_model_keeps_stays()
    {
        using var scope = NewDisposeScope();
        using var model = new RecordKeeping();
        var result = model.call(ones(2, 4));
        Assert.Equal((ScalarType.Float32, ScalarType.BFloat16), (result.Result.dtype, model.Last!.Result.dtype));
    }

    [Theory]
    [InlineData("region", "first")]
    [InlineData("region", "last")]
    [InlineData("true 16-bit", "first")]
    [InlineData("true 16-bit", "last")]
    [InlineData("nested", "first")]
    [InlineData("nested", "last")]
    public void What_a_hook_was_shown_stays(string kind, string module)
    {
        using var scope = NewDisposeScope();
        using var model = Make(kind);
        if (kind is "true 16-bit")
        {
            ((IMixedPrecisionModule)model).CreateMasterWeights().Dispose();
        }

        var seen = new List<Tensor>();
        var layers = model.modules().OfType<Linear>().ToList();
        var hook = (module is "first" ? layers[0] : layers[^1]).register_forward_hook((_, input, output) =>
        {
            seen.AddRange([input, output]);
            return output;
        });
        model.call(randn(4, 4));
        Assert.All(seen, static tensor => Assert.False(tensor.IsInvalid));
        Assert.Equal(2, seen.Count);

        // Without the hook the forward frees again what it makes.
        hook.remove();
        model.call(randn(4, 4)).Dispose();
        var before = Tensor.TotalCount;
        using var x = randn(4, 4);
        model.call(x).Dispose();
        Assert.Equal(before + 1, Tensor.TotalCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_layer_that_runs_in_float32_leaves_nothing_unless_a_hook_was_shown_it(bool isHooked)
    {
        using var scope = NewDisposeScope();
        using var model = new Normalised();
        ((IMixedPrecisionModule)model).CreateMasterWeights().Dispose();
        var seen = new List<Tensor>();
        if (isHooked)
        {
            model.Norm.register_forward_hook((_, input, output) =>
            {
                seen.AddRange([input, output]);
                return output;
            });
        }

        var x = randn(1, 4, 3, 3, dtype: ScalarType.BFloat16);
        model.call(x).Dispose();
        var before = Tensor.TotalCount;
        model.call(x).Dispose();
        if (isHooked)
        {
            Assert.All(seen, static tensor => Assert.Equal((ScalarType.Float32, false), (tensor.dtype, tensor.IsInvalid)));
        }
        else
        {
            Assert.Equal(before, Tensor.TotalCount);
        }
    }

    [Fact]
    public void What_a_hook_of_a_module_with_two_inputs_was_shown_stays()
    {
        using var scope = NewDisposeScope();
        using var model = new RegionSum();
        Tensor? seen = null;
        model.Inner.register_forward_hook((_, _, _, output) => seen = output);
        model.call(ones(4, 4));
        Assert.Equal(ScalarType.BFloat16, seen!.dtype);
        Assert.False(seen.IsInvalid);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_input_that_was_cast_may_be_returned(bool twice)
    {
        using var model = new Passing();
        using var x = ones(2, 2, dtype: ScalarType.BFloat16);
        model.Twice = twice;
        var (a, b) = model.call(x);
        Assert.Equal((ScalarType.Float32, 1f), (a.dtype, a.mean().item<float>()));
        Assert.Equal((ScalarType.Float32, 1f), (b.dtype, b.mean().item<float>()));
        using var marked = new MarkedPassing();
        Assert.Equal(1, marked.call(x).mean().item<float>());
    }

    [Fact]
    public void A_result_that_comes_twice_is_cast_twice()
    {
        using var model = new Twice();
        using var x = ones(2, 2);
        var (a, b) = model.call(x);
        Assert.Equal((ScalarType.Float32, ScalarType.Float32), (a.dtype, b.dtype));
        Assert.True(a.allclose(b));
    }

    [Fact]
    public void Gradients_pass_through_results_that_were_freed()
    {
        using var model = new RegionLayer();
        using var x = ones(2, 4);
        model.call(x).sum().backward();
        Assert.True(model.parameters().First().grad!.isfinite().all().item<bool>());
    }

    private static Module<Tensor, Tensor> Make(string kind) => kind switch
    {
        "region" => new RegionLayer(),
        "region, 16-bit output" => new RegionLayer { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Output: Dtype.BFloat16) },
        "true 16-bit" => new RegionLayer { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16, Autocast: false) },
        "float32 policy" => new RegionLayer { PrecisionPolicy = PrecisionPolicy.Float32 },
        "[FullPrecision] class" => new Float32Layer(),
        "[FullPrecision] member" => new MarkedLayer(),
        _ => new NestedLayer(),
    };
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class RegionLayer : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);

    public RegionLayer()
        : base(nameof(RegionLayer)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => layer.call(x);
}

[FullPrecision]
public sealed partial class Float32Layer : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);

    public Float32Layer()
        : base(nameof(Float32Layer)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => layer.call(x);
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class NestedLayer : Module<Tensor, Tensor>
{
    private readonly RegionLayer layer = new();

    public NestedLayer()
        : base(nameof(NestedLayer)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => layer.call(x);
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class MarkedLayer : Module<Tensor, Tensor>
{
    private readonly Linear first = Linear(4, 4);
    [FullPrecision] private readonly Linear router = Linear(4, 4);

    public MarkedLayer()
        : base(nameof(MarkedLayer)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        using var hidden = first.call(x);
        return router.call(hidden);
    }
}

/// <summary>Returns a tensor that it has not made.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Returning : Module<Tensor, Tensor>
{
    private readonly Parameter weight = new(ones(2, 2, dtype: ScalarType.BFloat16));
    private readonly Tensor table = ones(2, 2, dtype: ScalarType.BFloat16);
    private Tensor? cached;

    public Returning()
        : base(nameof(Returning)) => RegisterComponents();

    public string What { get; set; } = "input";

    private Tensor ForwardCore(Tensor x) => What switch
    {
        "input" => x,
        "parameter" => weight,
        "buffer" => table,
        _ => cached ??= x.clone(),
    };
}

[FullPrecision]
public sealed partial class Passing : Module<Tensor, (Tensor, Tensor)>
{
    public Passing()
        : base(nameof(Passing))
    {
    }

    public bool Twice { get; set; }

    private (Tensor, Tensor) ForwardCore(Tensor x) => (x, Twice ? x : x.clone());
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class MarkedPassing : Module<Tensor, Tensor>
{
    [FullPrecision] private readonly PlainPassing inner = new();

    public MarkedPassing()
        : base(nameof(MarkedPassing)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => inner.call(x);
}

public sealed class PlainPassing() : Module<Tensor, Tensor>(nameof(PlainPassing))
{
    public override Tensor forward(Tensor x) => x;
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Twice : Module<Tensor, (Tensor, Tensor)>
{
    private readonly Linear layer = Linear(2, 2);

    public Twice()
        : base(nameof(Twice)) => RegisterComponents();

    private (Tensor, Tensor) ForwardCore(Tensor x)
    {
        var y = layer.call(x);
        return (y, y);
    }
}

/// <summary>Keeps its 16-bit result, somewhere.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Keeping : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);
    private readonly string where;
    private readonly Tensor[] array = new Tensor[2];
    private readonly List<Tensor> list = [];
    private readonly Dictionary<string, Tensor> dictionary = [];
    private readonly KeepingInside annotated = new();
    private readonly Module<Tensor, Tensor> plain = Sequential(Identity(), new PlainKeeping());
    private readonly List<KeptResult> records = [];
    private KeptResult? record;
    private Tensor? single;

    public Keeping(string where)
        : base(nameof(Keeping))
    {
        this.where = where;
        RegisterComponents();
    }

    public Tensor Kept => where switch
    {
        "field" => single!,
        "property" => Property!,
        "array" => array[1],
        "list" => list[^1],
        "dictionary" => dictionary["result"],
        "record" => record!.Result,
        "list of records" => records[^1].Result,
        "annotated module inside" => annotated.Kept!,
        _ => plain.modules().OfType<PlainKeeping>().Single().Kept!,
    };

    private Tensor? Property { get; set; }

    private Tensor ForwardCore(Tensor x)
    {
        var y = layer.call(x);
        switch (where)
        {
            case "field":
                return single = y;
            case "property":
                return Property = y;
            case "array":
                return array[1] = y;
            case "list":
                list.Add(y);
                return y;
            case "record":
                return (record = new KeptResult("a", y)).Result;
            case "list of records":
                records.Add(new KeptResult("a", y));
                return y;
            case "dictionary":
                return dictionary["result"] = y;
            case "annotated module inside":
                return annotated.call(y);
            default:
                return plain.call(y);
        }
    }
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class KeepingInside() : Module<Tensor, Tensor>(nameof(KeepingInside))
{
    public Tensor? Kept { get; private set; }

    private Tensor ForwardCore(Tensor x) => Kept = x + 0;
}

public sealed class PlainKeeping() : Module<Tensor, Tensor>(nameof(PlainKeeping))
{
    public Tensor? Kept { get; private set; }

    public override Tensor forward(Tensor x) => Kept = x + 0;
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class RegionSum : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);

    public RegionSum()
        : base(nameof(RegionSum)) => RegisterComponents();

    public PlainSum Inner { get; } = new();

    private Tensor ForwardCore(Tensor x)
    {
        using var hidden = layer.call(x);
        return Inner.call(hidden, hidden);
    }
}

public sealed class PlainSum() : Module<Tensor, Tensor, Tensor>(nameof(PlainSum))
{
    public override Tensor forward(Tensor a, Tensor b) => a + b;
}

[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)]
public sealed partial class Normalised : Module<Tensor, Tensor>
{
    private readonly Conv2d layer = Conv2d(4, 4, 1);

    public Normalised()
        : base(nameof(Normalised)) => RegisterComponents();

    public LocalResponseNorm Norm { get; } = LocalResponseNorm(2);

    private Tensor ForwardCore(Tensor x)
    {
        using var hidden = layer.call(x);
        return Norm.call(hidden);
    }
}

public sealed record KeptResult(string Name, Tensor Result);

/// <summary>Returns a record, and keeps it.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class RecordKeeping : Module<Tensor, KeptResult>
{
    private readonly Linear layer = Linear(4, 4);

    public RecordKeeping()
        : base(nameof(RecordKeeping)) => RegisterComponents();

    public KeptResult? Last { get; private set; }

    private KeptResult ForwardCore(Tensor x) => Last = new KeptResult("last", layer.call(x));
}
