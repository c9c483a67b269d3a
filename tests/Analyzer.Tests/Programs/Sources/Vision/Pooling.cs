namespace Models.Vision;

/// <summary>All tokens as one vector.</summary>
public abstract class Pooling(string name) : Module<Tensor, Tensor>(name)
{
    public static Pooling Create(string kind, int width) => kind switch
    {
        "attention" => new AttentionPooling(width),
        "power" => new PowerPooling(),
        _ => new MeanPooling(),
    };
}

/// <summary>The mean of the tokens.</summary>
public sealed class MeanPooling : Pooling
{
    public MeanPooling() : base(nameof(MeanPooling)) => RegisterComponents();

    public override Tensor forward(Tensor x) => x.mean([1L]);
}

/// <summary>The generalised mean of the tokens.</summary>
public sealed class PowerPooling : Pooling
{
    private const double Power = 3;

    public PowerPooling() : base(nameof(PowerPooling)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var raised = x.clamp(min: 1e-6).pow(Power); // want PRC1003 (fp16)
        return raised.mean([1L]).pow(1 / Power); // bounded
    }
}

/// <summary>A mean that a learned query weights.</summary>
public sealed class AttentionPooling : Pooling
{
    private readonly Parameter query;
    private readonly Linear key;
    private readonly Linear value;

    public AttentionPooling(int width)
        : base(nameof(AttentionPooling))
    {
        query = Parameter(randn(width, 1));
        key = Linear(width, width);
        value = Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var scores = key.call(x).matmul(query);
        var weights = scores.softmax(1); // want PRC1001
        return (weights.type_as(scores) * value.call(x)).sum(1); // want PRC1002
    }
}
