namespace FineTuning;

/// <summary>What is logged for a batch.</summary>
public static class Metrics
{
    public static Tensor Of(Tensor logits, Tensor prior, Tensor labels)
    {
        using var guard = no_grad();
        var accuracy = (logits.argmax(-1) == labels).to(ScalarType.Float32).mean();
        var ties = (logits == logits.roll(1, -1)).to(ScalarType.Float32).mean(); // want PRC1017 (fp16, bf16)
        // repair: var ties = logits.isclose(logits.roll(1, -1), rtol: 1e-2).to(ScalarType.Float32).mean();
        var energy = logits.norm(); // want PRC1002 (fp16, bf16)
        // repair: var energy = logits.to(ScalarType.Float32).norm();
        var weights = functional.softmax(logits, dim: -1, dtype: ScalarType.Float32);
        var shifted = matmul(weights, logits.t()).diagonal().mean(); // want PRC1009 (fp16, bf16)
        // repair: var shifted = matmul(weights, logits.to(ScalarType.Float32).t()).diagonal().mean();
        var entropy = -(prior * prior.clamp(min: 1e-9).log()).sum();
        return stack([accuracy, ties, energy.to(ScalarType.Float32), shifted.to(ScalarType.Float32), entropy]);
    }
}
