namespace Models.Common;

/// <summary>The part of a transformer block that works on each token alone.</summary>
public abstract class FeedForward : Module<Tensor, Tensor>
{
    protected readonly Module<Tensor, Tensor> act;
    protected readonly Module<Tensor, Tensor> drop;
    protected readonly Linear up;
    protected readonly Linear down;

    protected FeedForward(string name, int width, int hidden, string activation, double dropout, bool bias)
        : base(name)
    {
        act = Activations.Of(activation);
        drop = dropout > 0 ? Dropout(dropout) : Identity();
        up = Linear(width, hidden, hasBias: bias);
        down = Linear(hidden, width, hasBias: bias);
    }

    public override Tensor forward(Tensor x) => drop.call(down.call(Hidden(x)));

    protected abstract Tensor Hidden(Tensor x);
}

/// <summary>Two layers with an activation between them.</summary>
public sealed class Perceptron : FeedForward
{
    public Perceptron(int width, int ratio, string activation, double dropout = 0)
        : base(nameof(Perceptron), width, width * ratio, activation, dropout, bias: true)
        => RegisterComponents();

    protected override Tensor Hidden(Tensor x) => act.call(up.call(x));
}

/// <summary>The gated variant of LLaMA.</summary>
public sealed class GatedFeedForward : FeedForward
{
    private readonly Linear gate;

    public GatedFeedForward(int width, int hidden)
        : base(nameof(GatedFeedForward), width, hidden, "silu", dropout: 0, bias: false)
    {
        gate = Linear(width, hidden, hasBias: false);
        RegisterComponents();
    }

    protected override Tensor Hidden(Tensor x) => act.call(gate.call(x)) * up.call(x);
}
