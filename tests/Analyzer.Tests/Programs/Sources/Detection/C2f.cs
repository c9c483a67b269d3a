namespace Models.Detection;

/// <summary>Two convolutions, and the input where the shapes allow it.</summary>
public sealed class Bottleneck : Module<Tensor, Tensor>
{
    private readonly ConvBlock cv1;
    private readonly ConvBlock cv2;
    private readonly bool add;

    public Bottleneck(int c1, int c2, bool shortcut)
        : base(nameof(Bottleneck))
    {
        cv1 = new ConvBlock(c1, c2, 3);
        cv2 = new ConvBlock(c2, c2, 3);
        add = shortcut && c1 == c2;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => add ? x + cv2.forward(cv1.forward(x)) : cv2.forward(cv1.forward(x));
}

/// <summary>Splits the channels, sends one half through blocks and joins all that came by.</summary>
public class C2f : Module<Tensor, Tensor>
{
    private readonly ConvBlock cv1;
    private readonly ConvBlock cv2;
    private readonly ModuleList<Module<Tensor, Tensor>> m;

    public C2f(int c1, int c2, int n = 1, bool shortcut = false)
        : base(nameof(C2f))
    {
        var c = c2 / 2;
        cv1 = new ConvBlock(c1, 2 * c);
        cv2 = new ConvBlock((2 + n) * c, c2);
        m = new ModuleList<Module<Tensor, Tensor>>();
        for (var i = 0; i < n; i++)
        {
            m.Add(CreateBlock(c, shortcut));
        }

        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var y = cv1.forward(x).chunk(2, 1).ToList();
        for (var i = 0; i < m.Count; i++)
        {
            y.Add(m[i].call(y[^1]));
        }

        return cv2.forward(cat(y, 1));
    }

    protected virtual Module<Tensor, Tensor> CreateBlock(int c, bool shortcut) => new Bottleneck(c, c, shortcut);
}

/// <summary>The same with attention inside.</summary>
public sealed class C2Attention(int c1, int c2, int n) : C2f(c1, c2, n)
{
    protected override Module<Tensor, Tensor> CreateBlock(int c, bool shortcut)
        => Sequential(new AreaAttention(c, heads: 2), new AreaAttention(c, heads: 2, byHand: true), new ResponseNorm(c), new ConvBlock(c, c));
}
