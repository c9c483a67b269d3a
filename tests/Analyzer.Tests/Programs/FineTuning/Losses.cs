namespace FineTuning;

/// <summary>What the classifier is trained by.</summary>
public static class Losses
{
    private const double Smoothing = 0.1;

    public static Tensor Classification(Tensor logits, Tensor labels)
    {
        var loss = functional.cross_entropy(logits, labels); // want PRC1005 (fp16, bf16)
        // repair: var loss = functional.cross_entropy(logits.to(ScalarType.Float32), labels);
        var uniform = -functional.log_softmax(logits, dim: -1).mean(); // want PRC1001 (fp16, bf16)
        // repair: var uniform = -logits.log_softmax(-1, dtype: ScalarType.Float32).mean();
        return (1 - Smoothing) * loss + Smoothing * uniform;
    }

    public static Tensor Safety(Tensor logits, Tensor safe)
    {
        var probabilities = sigmoid(logits);
        return functional.binary_cross_entropy(probabilities, safe.type_as(probabilities)); // want PRC1006
        // repair: return functional.binary_cross_entropy_with_logits(logits.to(ScalarType.Float32), safe);
    }

    /// <summary>Keeps the model near the one that it is fine-tuned from.</summary>
    public static Tensor Divergence(Tensor logits, Tensor reference)
    {
        var p = functional.softmax(reference, dim: -1, dtype: ScalarType.Float32);
        var log_q = functional.softmax(logits, dim: -1, dtype: ScalarType.Float32).log(); // want PRC1012
        // repair: var log_q = logits.log_softmax(-1, dtype: ScalarType.Float32);
        return (p * ((p + 1e-8).log() - log_q)).sum(-1).mean();
    }

    /// <summary>Sentences of one class shall be nearer to each other than to others.</summary>
    public static Tensor Contrast(Tensor pooled, Tensor labels)
    {
        var similarity = mm(pooled, pooled.t()) / 10; // want PRC1013 (region, fp16)
        // repair: var similarity = mm(pooled / 10, pooled.t());
        var same = labels.unsqueeze(0) == labels.unsqueeze(1);
        var itself = eye(labels.shape[0], dtype: similarity.dtype) * -1e5; // want PRC1007 (region, fp16)
        // repair: var itself = eye(labels.shape[0], dtype: similarity.dtype) * -1e4;
        var all = (similarity + itself).exp().sum(-1).log(); // want PRC1012; PRC1002; PRC1003 (region, fp16)
        // repair: var all = (similarity + itself).to(ScalarType.Float32).logsumexp(-1);
        var margin = similarity.masked_fill(same.logical_not(), 0).mean([-1L]);
        return (all - margin).mean() - margin.sigmoid().log().mean(); // want PRC1012
        // repair: return (all - margin).mean() - functional.logsigmoid(margin.to(ScalarType.Float32)).mean();
    }
}
