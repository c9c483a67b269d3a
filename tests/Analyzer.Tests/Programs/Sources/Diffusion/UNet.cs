namespace Models.Diffusion;

/// <summary>The sizes of a U-Net.</summary>
public sealed class UNetConfig
{
    public int Channels { get; init; } = 8;

    public int[] Multipliers { get; init; } = [1, 2];

    public int TextWidth { get; init; } = 12;

    public string Attention { get; init; } = "full";

    public string Time { get; init; } = "sinusoidal";

    public bool IgnoresPadding { get; init; }
}

/// <summary>Down, through the middle, and up again beside what was seen on the way down.</summary>
public sealed class UNet : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> time;
    private readonly Module<Tensor, Tensor> first;
    private readonly ModuleList<UNetLevel> down = new();
    private readonly ModuleList<Downsample> downsamples = new();
    private readonly UNetLevel middle;
    private readonly ModuleList<Upscale> upscales = new();
    private readonly ModuleList<UNetLevel> up = new();
    private readonly Sequential last;

    public UNet(UNetConfig config)
        : base(nameof(UNet))
    {
        time = TimeEmbedding.Create(config.Time, config.Channels);
        first = Conv2d(4, config.Channels, kernel_size: 3, padding: 1);
        var channels = config.Channels;
        foreach (var multiplier in config.Multipliers)
        {
            down.Add(new DownLevel(config, channels, config.Channels * multiplier));
            channels = config.Channels * multiplier;
            downsamples.Add(new Downsample(channels));
        }

        middle = new MiddleLevel(config, channels);
        foreach (var multiplier in config.Multipliers.Reverse())
        {
            upscales.Add(new Upscale(channels));
            up.Add(new UpLevel(config, channels + config.Channels * multiplier, config.Channels));
            channels = config.Channels;
        }

        last = Sequential(Norms.Group(channels), SiLU(), Conv2d(channels, 4, kernel_size: 3, padding: 1));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor step, Tensor text)
    {
        var t = time.call(step);
        var skips = new Stack<Tensor>();
        x = first.call(x);
        for (var i = 0; i < down.Count; i++)
        {
            x = down[i].call(x, t, text);
            skips.Push(x);
            x = downsamples[i].call(x);
        }

        x = middle.call(x, t, text);
        foreach (var (upscale, level) in upscales.Zip(up))
        {
            x = cat([upscale.call(x), skips.Pop()], dim: 1);
            x = level.call(x, t, text);
        }

        return last.call(x);
    }
}
