namespace Models.Common;

/// <summary>Leaves out whole branches of some samples while training.</summary>
public sealed class DropPath : Module<Tensor, Tensor>
{
    private readonly double probability;

    public DropPath(double probability)
        : base(nameof(DropPath))
    {
        this.probability = probability;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        if (probability == 0 || !training)
        {
            return x;
        }

        var keep = 1 - probability;
        long[] shape = [x.shape[0], .. Enumerable.Repeat(1L, (int)x.dim() - 1)];
        var mask = (rand(shape, dtype: x.dtype, device: x.device) + keep).floor();
        return x / keep * mask;
    }
}

/// <summary>A block with the norm before it and the input added to its result.</summary>
/// <typeparam name="TBlock">What the norm's result goes through.</typeparam>
public sealed class Residual<TBlock> : Module<Tensor, Tensor>
    where TBlock : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> norm;
    private readonly Module<Tensor, Tensor> inner;
    private readonly DropPath path;
    private readonly Parameter? scale;

    public Residual(int width, TBlock block, double dropPath = 0, double? layerScale = null)
        : base(nameof(Residual<TBlock>))
    {
        norm = LayerNorm(width);
        inner = block;
        path = new DropPath(dropPath);
        if (layerScale is { } initial)
        {
            scale = Parameter(full(width, initial));
        }

        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var branch = inner.call(norm.call(x));
        if (scale is not null)
        {
            branch = branch * scale;
        }

        return x + path.call(branch);
    }
}
