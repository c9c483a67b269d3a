// A mask that is an input of the forward, cast like the others.

[MixedPrecision(Dtype.Float16)]
public sealed partial class Optional : Module<Tensor, Tensor?, Tensor>
{
    private readonly Linear query = Linear(4, 4);
    public Optional() : base("attention") => RegisterComponents();

    private Tensor ForwardCore(Tensor x, Tensor? mask)
    {
        var q = query.call(x);
        var scores = matmul(q, q.transpose(-2, -1)) * 0.5; // want PRC1013 (region, fp16)
        if (mask is not null)
        {
            scores += mask;
        }

        return functional.softmax(scores, dim: -1); // want PRC1001
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Always : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear query = Linear(4, 4);
    public Always() : base("attention") => RegisterComponents();

    private Tensor ForwardCore(Tensor x, Tensor mask)
    {
        var scores = query.call(x).matmul(x.transpose(-2, -1)) / Math.Sqrt(4); // want PRC1013 (region, fp16)
        scores = mask + scores;
        return scores.softmax(-1); // want PRC1001
    }
}
