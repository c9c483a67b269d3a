using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.MasterWeights;

/// <summary>One of each kind of thing that has its own storage rule.</summary>
[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
public sealed partial class StorageModel : Module<Tensor, Tensor>
{
    private readonly Linear input = Linear(6, 8);
    private readonly Module<Tensor, Tensor> hidden;
    [FullPrecision] private readonly Linear router = Linear(8, 8);
    private readonly FullPrecisionLayer full = new();
    private readonly BatchNorm1d statistics = BatchNorm1d(8);
    private readonly Parameter scale = Parameter(rand(8));
    private readonly Tensor table = rand(8);
    private readonly Tensor index = arange(8);
    private readonly Linear output = Linear(8, 3);

    public StorageModel()
        : base(nameof(StorageModel))
    {
        hidden = Sequential(("linear", Linear(8, 8)), ("norm", LayerNorm(8)));
        RegisterComponents();
    }

    public Linear Input => input;

    private Tensor ForwardCore(Tensor x)
        => output.call(statistics.call(full.call(router.call(hidden.call(input.call(x) * scale + table).to(router.weight!.dtype)))));
}

/// <summary>Float32 by its class.</summary>
[FullPrecision]
public sealed partial class FullPrecisionLayer : Module<Tensor, Tensor>
{
    private readonly Linear linear = Linear(8, 8);

    public FullPrecisionLayer()
        : base(nameof(FullPrecisionLayer)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => linear.call(x);
}

/// <summary>Token model of some ten thousand parameters: embedding, norms, attention-like mixing, a tied output matrix.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class TinyLanguageModel : Module<Tensor, Tensor>
{
    private readonly Embedding tokens = Embedding(Vocabulary, Width);
    private readonly ModuleList<TinyBlock> blocks = ModuleList(new TinyBlock(Width), new TinyBlock(Width));
    private readonly LayerNorm norm = LayerNorm(Width);
    private readonly Linear head = Linear(Width, Vocabulary, hasBias: false);

    public TinyLanguageModel()
        : base(nameof(TinyLanguageModel))
    {
        init.normal_(tokens.weight!, 0, 0.1);
        head.weight = tokens.weight!;
        RegisterComponents();
    }

    public static int Vocabulary => 17;

    public static int Width => 32;

    /// <summary>Where hidden values are multiplied by an infinity, to make gradients fail.</summary>
    public double Factor { get; set; } = 1;

    /// <summary>The embedding, whose weight is also the head's.</summary>
    public Embedding Tokens => tokens;

    /// <summary>The head.</summary>
    public Linear Head => head;

    private Tensor ForwardCore(Tensor ids)
    {
        var x = tokens.call(ids);
        foreach (var block in blocks)
        {
            x = block.call(x);
        }

        return head.call(norm.call(x * Factor));
    }
}

/// <summary>A residual block: norm, causal mean over positions, two layers.</summary>
public sealed class TinyBlock : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm;
    private readonly Linear up;
    private readonly Linear down;

    public TinyBlock(int width)
        : base(nameof(TinyBlock))
    {
        norm = LayerNorm(width);
        up = Linear(width, 2 * width);
        down = Linear(2 * width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var length = x.shape[1];
        var mix = ones(length, length, dtype: x.dtype, device: x.device).tril();
        mix /= mix.sum(1, keepdim: true);
        return x + down.call(functional.gelu(up.call(mix.matmul(norm.call(x)))));
    }
}

/// <summary>Native layers, whose parameters libtorch itself holds.</summary>
[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
public sealed partial class NativeLayers : Module<Tensor, Tensor>
{
    private readonly MultiheadAttention attention = MultiheadAttention(8, 2);
    private readonly LSTM recurrent = LSTM(8, 4);

    public NativeLayers()
        : base(nameof(NativeLayers)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        x = x.to(ScalarType.BFloat16);
        var (attended, _) = attention.call(x, x, x, null, false, null);
        var (y, _, _) = recurrent.call(attended);
        return y;
    }
}

/// <summary>Marked members of every kind, also inside a module without annotation.</summary>
[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
public sealed partial class MarkedModel : Module<Tensor, Tensor>
{
    [FullPrecision]
    [TorchSharp.Utils.ComponentName(Name = "renamed")]
    private readonly Linear named = Linear(4, 4);

    [FullPrecision] private readonly Parameter scale = Parameter(rand(4));
    private readonly UnannotatedBlock block = new();

    public MarkedModel()
        : base(nameof(MarkedModel)) => RegisterComponents();

    [FullPrecision] private Linear Property { get; } = Linear(4, 4);

    private Tensor ForwardCore(Tensor x) => block.call(Property.call(named.call(x)) * scale);
}

/// <summary>A module without annotation whose member is marked.</summary>
public sealed class UnannotatedBlock : Module<Tensor, Tensor>
{
    [FullPrecision] private readonly Linear marked = Linear(4, 4);
    private readonly Linear plain = Linear(4, 4);

    public UnannotatedBlock()
        : base(nameof(UnannotatedBlock)) => RegisterComponents();

    public override Tensor forward(Tensor x) => plain.call(marked.call(x));
}
