using Precision.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Distributed;

/// <summary>
/// An embedding and layers under a root that alone is annotated and that calls <c>forward</c>; the embedding's weight is the last layer's
/// too. Two layers' weights do not fit into a bucket together. Tells in the backward when the gradient has come to a layer's input.
/// </summary>
[MixedPrecision(Dtype.Float32)]
public sealed partial class Layers : Module<Tensor, Tensor>
{
    public const int Count = 3;
    public const int Words = 8;

    private const int Width = 2000;   // 16 MB

    private readonly Embedding words = Embedding(Words, Width);
    private readonly ModuleList<Linear> layers = [.. Enumerable.Range(0, Count).Select(static _ => Linear(Width, Width))];
    private readonly Action<int>? reached;

    public Layers(Action<int>? reached = null)
        : base(nameof(Layers))
    {
        this.reached = reached;
        RegisterComponents();
        foreach (var (name, parameter) in named_parameters())
        {
            init.constant_(parameter, name.StartsWith("words", StringComparison.Ordinal) ? 0.5 : 1.0 / Width);
        }
    }

    public void FreezeWords() => words.weight!.requires_grad = false;

    /// <summary>A part of each parameter.</summary>
    public float[] Values() => [.. parameters().SelectMany(static parameter => parameter.detach().flatten().narrow(0, 0, 8).data<float>().ToArray())];

    private Tensor ForwardCore(Tensor ids)
    {
        var x = words.forward(ids);
        for (var i = 0; i < layers.Count; i++)
        {
            x = layers[i].forward(Border(x, i));
        }

        return functional.linear(x, words.weight!);
    }

    private Tensor Border(Tensor x, int layer)
    {
        if (reached is null || !x.requires_grad)
        {
            return x;
        }

        return AutogradNode.Record([x], [Detached(x)], [], (gradients, _) =>
        {
            reached(layer);
            return [gradients[0]!.alias()];
        })[0];
    }

    private static Tensor Detached(Tensor x) => x.detach().alias();
}

/// <summary>
/// A weight of 1 that is used twice, the second time in a backward of its own, as where activations are computed again; and one more, whose
/// gradient comes last, and that shares the bucket of the first where there is one.
/// </summary>
public sealed class Recomputed : Module<Tensor, Tensor>
{
    private readonly Parameter weight = new(ones(1));
    private readonly Parameter? other;

    public Recomputed(bool withOther)
        : base(nameof(Recomputed))
    {
        other = withOther ? new Parameter(ones(1)) : null;
        RegisterComponents();
    }

    public float Value => weight.item<float>();

    public override Tensor forward(Tensor x)
    {
        var inner = (other is null ? x : x * other) * weight;
        using var noGrad = no_grad();
        var result = inner * weight;
        using var grad = enable_grad();
        return AutogradNode.Record([inner], [result], [inner.detach()], (gradients, saved) =>
        {
            using var again = enable_grad();
            var input = saved[0].detach().requires_grad_();
            (input * weight * gradients[0]!).sum().backward();
            return [input.grad];
        })[0];
    }
}
