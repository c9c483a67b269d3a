namespace Models.Language;

/// <summary>What a language model is trained by.</summary>
internal static class LanguageLoss
{
    /// <summary>Cross-entropy, smoothed, and kept from logits that grow.</summary>
    public static Tensor Of(Tensor logits, Tensor labels, double smoothing)
    {
        var flat = logits.view(-1, logits.shape[^1]);
        var loss = functional.cross_entropy(flat, labels.view(-1)); // want PRC1005 (fp16, bf16)
        if (smoothing > 0)
        {
            var uniform = -functional.log_softmax(flat, dim: -1).mean(); // want PRC1001
            loss = (1 - smoothing) * loss + smoothing * uniform;
        }

        return loss + 1e-4 * Growth(flat);
    }

    /// <summary>The number of tokens among which the model hesitates.</summary>
    public static Tensor Perplexity(Tensor logits, Tensor labels)
    {
        var wide = logits.to(ScalarType.Float32).view(-1, logits.shape[^1]);
        return functional.cross_entropy(wide, labels.view(-1)).exp();
    }

    private static Tensor Growth(Tensor logits)
    {
        var partition = logits.logsumexp(-1);
        return square(partition).mean(); // want PRC1003 (region, fp16)
    }
}
