namespace FineTuning;

/// <summary>Sentences of random tokens, padded to one length, each with a label and a mark whether it is safe.</summary>
public sealed class Sentences(int count, int length, int vocabulary, int classes)
{
    private readonly Tensor tokens = randint(1, vocabulary, [count, length]);
    private readonly Tensor lengths = randint(2, length + 1, [count]);
    private readonly Tensor labels = randint(0, classes, [count]);
    private readonly Tensor safe = randint(0, 2, [count, 1]).to(ScalarType.Float32);

    public IEnumerable<Batch> Batches(int size)
    {
        for (var start = 0; start < count; start += size)
        {
            var rows = arange(start, Math.Min(start + size, count));
            var padding = arange(length).unsqueeze(0) >= lengths.index_select(0, rows).unsqueeze(1);
            yield return new Batch(
                tokens.index_select(0, rows).masked_fill(padding, 0),
                padding,
                labels.index_select(0, rows),
                safe.index_select(0, rows));
        }
    }
}

/// <summary>Tokens and padding are batch × length, labels batch, and safety batch × 1.</summary>
public sealed record Batch(Tensor Tokens, Tensor Padding, Tensor Labels, Tensor Safe);
