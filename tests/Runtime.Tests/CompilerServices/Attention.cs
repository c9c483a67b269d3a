using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.CompilerServices;

/// <summary>Attention written by hand, as a user writes it; remembers the dtypes of what it computed.</summary>
[MixedPrecision(Dtype.Float16)]
public sealed partial class Attention : Module<Tensor, Tensor>
{
    private readonly Linear query = Linear(8, 8);
    private readonly Linear key = Linear(8, 8);
    private readonly Linear value = Linear(8, 8);
    [FullPrecision] private readonly Linear head = Linear(8, 2);

    public Attention()
        : base(nameof(Attention)) => RegisterComponents();

    /// <summary>The dtype of the attention weights.</summary>
    public ScalarType Weights { get; private set; }

    /// <summary>What sees the attention weights themselves; null: nobody.</summary>
    public Action<Tensor>? Seen { get; set; }

    /// <summary>The dtype of the values before and after the head.</summary>
    public (ScalarType Before, ScalarType After) Head { get; private set; }

    private Tensor ForwardCore(Tensor x)
    {
        var scores = (query.call(x) / Math.Sqrt(8)).matmul(key.call(x).transpose(-2, -1));
        var weights = functional.softmax(scores, -1);
        Weights = weights.dtype;
        Seen?.Invoke(weights);
        var mixed = weights.matmul(value.call(x));
        var result = head.call(mixed);
        Head = (mixed.dtype, result.dtype);
        return result;
    }
}
