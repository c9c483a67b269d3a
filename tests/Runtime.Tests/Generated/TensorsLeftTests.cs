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
