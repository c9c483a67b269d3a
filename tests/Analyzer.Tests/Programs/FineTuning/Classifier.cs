namespace FineTuning;

/// <summary>A classifier with its losses, so that the whole of it is computed in lower precision.</summary>
[MixedPrecision(Dtype.Float16)]
public sealed partial class Classifier : Module<Batch, Result>
{
    private readonly Encoder encoder;
    private readonly Linear head;
    private readonly Linear safety;
    private readonly Parameter temperature;
    private readonly Tensor prior;
    // repair: [FullPrecision] private readonly Tensor prior;
    private readonly Tensor seen;
    // repair: [FullPrecision] private readonly Tensor seen;

    public Classifier(int vocabulary, int width, int classes)
        : base(nameof(Classifier))
    {
        encoder = new Encoder(vocabulary, width, heads: 2, count: 2);
        head = Linear(width, classes);
        safety = Linear(width, 1);
        temperature = Parameter(ones(1));
        prior = full(classes, 1.0 / classes);
        seen = zeros(1);
        register_buffer("prior", prior);
        register_buffer("seen", seen);
        RegisterComponents();
    }

    private Result ForwardCore(Batch batch)
    {
        var pooled = encoder.forward(batch.Tokens, batch.Padding);
        var logits = head.forward(pooled);
        logits = logits * temperature.reciprocal(); // want PRC1004 (fp16, bf16)
        // repair: logits = logits / temperature;
        Count(logits);

        var loss = Losses.Classification(logits, batch.Labels);
        loss = loss + 0.1 * Losses.Safety(safety.forward(pooled), batch.Safe);
        loss = loss + 0.01 * Losses.Divergence(logits, head.forward(pooled.detach()));
        loss = loss + 0.01 * Losses.Contrast(pooled, batch.Labels);
        return new Result(logits, loss, Metrics.Of(logits, prior.to(ScalarType.Float32), batch.Labels));
    }

    /// <summary>How often each class is expected, over all batches.</summary>
    private void Count(Tensor logits)
    {
        using var guard = no_grad();
        var share = functional.softmax(logits, dim: -1, dtype: ScalarType.Float32).mean([0L]);
        prior.mul_(0.99).add_(share, alpha: 0.01); // want PRC1011 (fp16, bf16)
        // repair: prior.mul_(0.99).add_(share, alpha: 0.01);
        seen.add_(1); // want PRC1011 (fp16, bf16)
        // repair: seen.add_(1);
    }
}

/// <summary>What the model gives: logits, the loss, and what is logged.</summary>
public sealed record Result(Tensor Logits, Tensor Loss, Tensor Logged);
