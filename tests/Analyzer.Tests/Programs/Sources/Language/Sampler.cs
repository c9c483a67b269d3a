namespace Models.Language;

/// <summary>The next token from logits.</summary>
internal sealed class Sampler(double temperature, int candidates)
{
    public Tensor Next(Tensor logits, Tensor? banned)
    {
        var last = logits.select(1, -1);
        if (banned is not null)
        {
            last = last.masked_fill(banned, -1e10); // want PRC1007 (region, fp16)
        }

        var (values, tokens) = last.topk(candidates, dim: -1);
        var probabilities = (values / temperature).softmax(-1); // want PRC1001
        return tokens.gather(-1, probabilities.argmax(-1, keepdim: true));
    }

    /// <summary>How undecided the model is, in float32.</summary>
    public static Tensor Entropy(Tensor logits)
    {
        var logarithms = functional.log_softmax(logits.to(ScalarType.Float32), dim: -1);
        return -(logarithms.exp() * logarithms).sum(-1);
    }
}
