using Models.Common;

namespace Models.Vision;

/// <summary>Blocks of one resolution, and the step to the next one.</summary>
public sealed class Stage : Module<Tensor, Tensor>
{
    private readonly ModuleList<Module<Tensor, Tensor>> blocks = new();
    private readonly PatchMerging? merge;

    public Stage(VisionConfig config, int width, int side, int depth, bool isLast)
        : base(nameof(Stage))
    {
        for (var i = 0; i < depth; i++)
        {
            var attention = CreateAttention(config, width, side, i);
            blocks.Add(new Residual<Module<Tensor, Tensor>>(width, attention, dropPath: 0.1 * i / depth, layerScale: 0.1));
            blocks.Add(new Residual<Perceptron>(width, new Perceptron(width, 2, config.Activation), layerScale: 0.1));
        }

        merge = isLast ? null : new PatchMerging(width, side);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        foreach (var block in blocks)
        {
            x = block.call(x);
        }

        return merge is null ? x : merge.call(x);
    }

    private static Module<Tensor, Tensor> CreateAttention(VisionConfig config, int width, int side, int index)
    {
        if ((index + 1) % config.GlobalEvery == 0)
        {
            return new GlobalAttention(width, config.Heads);
        }

        return new WindowAttention(config, width, side, shift: index % 2 == 0 ? 0 : config.Window / 2);
    }
}
