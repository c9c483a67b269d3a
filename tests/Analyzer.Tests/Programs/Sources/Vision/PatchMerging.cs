namespace Models.Vision;

/// <summary>Halves the resolution and doubles the width.</summary>
public sealed class PatchMerging : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm;
    private readonly Linear reduction;
    private readonly int side;

    public PatchMerging(int width, int side)
        : base(nameof(PatchMerging))
    {
        this.side = side;
        norm = LayerNorm(4 * width);
        reduction = Linear(4 * width, 2 * width, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var image = x.view(x.shape[0], side / 2, 2, side / 2, 2, -1);
        var quarters = new List<Tensor>();
        for (var row = 0; row < 2; row++)
        {
            for (var column = 0; column < 2; column++)
            {
                quarters.Add(image.select(4, column).select(2, row));
            }
        }

        var merged = cat(quarters, dim: -1).flatten(1, 2);
        return reduction.call(norm.call(merged));
    }
}
