namespace Models.Detection;

/// <summary>Pools of growing size, one after the other.</summary>
public sealed class Sppf : Module<Tensor, Tensor>
{
    private readonly ConvBlock cv1;
    private readonly ConvBlock cv2;
    private readonly MaxPool2d pool = MaxPool2d(5, stride: 1, padding: 2);

    public Sppf(int c1, int c2)
        : base(nameof(Sppf))
    {
        cv1 = new ConvBlock(c1, c1 / 2);
        cv2 = new ConvBlock(2 * c1, c2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = cv1.forward(x);
        var y1 = pool.forward(x);
        var y2 = pool.forward(y1);
        return cv2.forward(cat([x, y1, y2, pool.forward(y2)], 1));
    }
}

/// <summary>Features of an image in three resolutions.</summary>
public sealed class Backbone : Module<Tensor, Tensor[]>
{
    private readonly Module<Tensor, Tensor> stem;
    private readonly Module<Tensor, Tensor>[] steps;
    private readonly Module<Tensor, Tensor> spp;

    public Backbone(int width)
        : base(nameof(Backbone))
    {
        stem = Sequential(("conv1", new ConvBlock(3, width, 3, 2)), ("conv2", new ConvBlock(width, width, 3, 2)));
        steps =
        [
            Step(width, 2 * width),
            Step(2 * width, 4 * width),
        ];
        spp = Sequential(new Sppf(4 * width, 4 * width), new C2Attention(4 * width, 4 * width, 1));
        for (var i = 0; i < steps.Length; i++)
        {
            register_module($"step{i}", steps[i]);
        }

        RegisterComponents();
    }

    public override Tensor[] forward(Tensor x)
    {
        var features = new List<Tensor> { stem.forward(x) };
        foreach (var step in steps)
        {
            features.Add(step.forward(features[^1]));
        }

        features[^1] = spp.forward(features[^1]);
        return features.ToArray();
    }

    private static Module<Tensor, Tensor> Step(int c1, int c2)
        => Sequential(new ConvBlock(c1, c2, 3, 2), new C2f(c2, c2, n: 2, shortcut: true));
}
