namespace Models.Diffusion;

/// <summary>What all levels of the network have.</summary>
public abstract class UNetLevel(string name) : Module<Tensor, Tensor, Tensor, Tensor>(name)
{
    /// <summary>Attention of some kind, or none.</summary>
    protected static Module<Tensor, Tensor> Attention(UNetConfig config, int channels) => config.Attention switch
    {
        "full" => new SpatialAttention(channels),
        "linear" => new LinearAttention(channels, heads: 2),
        _ => Identity(),
    };
}

/// <summary>A level on the way down.</summary>
public sealed class DownLevel : UNetLevel
{
    private readonly ResidualBlock block;
    private readonly Module<Tensor, Tensor> attention;

    public DownLevel(UNetConfig config, int channels, int outputs)
        : base(nameof(DownLevel))
    {
        block = new ResidualBlock(channels, outputs, 4 * config.Channels);
        attention = Attention(config, outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor time, Tensor text) => attention.call(block.call(x, time));
}

/// <summary>The lowest level, the one that reads the text.</summary>
public sealed class MiddleLevel : UNetLevel
{
    private readonly ResidualBlock[] blocks;
    private readonly CrossAttention cross;

    public MiddleLevel(UNetConfig config, int channels)
        : base(nameof(MiddleLevel))
    {
        blocks = new ResidualBlock[2];
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i] = new ResidualBlock(channels, channels, 4 * config.Channels, standardises: true);
            register_module($"block{i}", blocks[i]);
        }

        cross = new CrossAttention(channels, config.TextWidth, heads: 2, config.IgnoresPadding);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor time, Tensor text)
    {
        x = blocks[0].call(x, time);
        x = cross.call(x, text);
        return blocks[1].call(x, time);
    }
}

/// <summary>A level on the way up.</summary>
public sealed class UpLevel : UNetLevel
{
    private readonly ResidualBlock block;
    private readonly Module<Tensor, Tensor> attention;

    public UpLevel(UNetConfig config, int channels, int outputs)
        : base(nameof(UpLevel))
    {
        block = new ResidualBlock(channels, outputs, 4 * config.Channels);
        attention = Attention(config, outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor time, Tensor text) => attention.call(block.call(x, time));
}
