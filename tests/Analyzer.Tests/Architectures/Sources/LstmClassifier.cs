/// <summary>A classifier of token sequences: embedding, bidirectional LSTM, pooling over what is no padding.</summary>
public sealed class LstmClassifier : Module<Tensor, Tensor, Tensor>
{
    private readonly Embedding embedding;
    private readonly LSTM lstm;
    private readonly Dropout dropout = Dropout(0.3);
    private readonly Linear attention;
    private readonly Linear head;

    public LstmClassifier(int vocabulary, int width, int classes)
        : base(nameof(LstmClassifier))
    {
        embedding = Embedding(vocabulary, width, padding_idx: 0);
        lstm = LSTM(width, width, numLayers: 2, batchFirst: true, bidirectional: true, dropout: 0.2);
        attention = Linear(2 * width, 1);
        head = Linear(2 * width, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids, Tensor padding)
    {
        var (states, _, _) = lstm.call(dropout.call(embedding.call(ids)));
        var scores = attention.call(states).squeeze(-1).masked_fill(padding, float.NegativeInfinity);
        var weights = functional.softmax(scores, dim: -1);
        var pooled = bmm(weights.unsqueeze(1), states).squeeze(1);
        return head.call(dropout.call(pooled));
    }
}

public static class LstmTraining
{
    public static Tensor Step(LstmClassifier model, Tensor ids, Tensor labels)
    {
        var logits = model.call(ids, ids.eq(0));
        return functional.nll_loss(functional.log_softmax(logits, 1), labels);
    }
}
