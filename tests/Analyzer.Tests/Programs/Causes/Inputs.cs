// The generated forward of a true 16-bit model casts what floats; indices and flags stay.

[MixedPrecision(Dtype.Float16)]
public sealed partial class Floating : Module<Tensor, Tensor, Tensor>
{
    public Floating() : base("model") => RegisterComponents();

    private Tensor ForwardCore(Tensor x, Tensor mask)
    {
        var y = x.softmax(-1); // want PRC1001
        y += (x + mask).softmax(-1); // want PRC1001
        y += x.view(-1, 8).transpose(0, 1).square(); // want PRC1003 (fp16)
        y += functional.dropout(x, 0.1).sum(-1); // want PRC1002
        y += (mask is null ? x : x * mask).exp(); // want PRC1003 (fp16)
        y += (x + 1e-9).log(); // want PRC1008 (fp16); PRC1004
        y += x.to(ScalarType.Float32).softmax(-1); // silent
        y += x.argmax(-1).sum(); // silent
        y += x.isnan().sum(); // silent
        return y + x.shape[0];
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Several : Module<(Tensor, Tensor), Tensor[], Tensor>
{
    public Several() : base("model") => RegisterComponents();

    private Tensor ForwardCore((Tensor, Tensor) pair, Tensor[] rest)
    {
        var y = pair.Item1.softmax(-1); // want PRC1001
        y += rest[0].softmax(-1); // want PRC1001
        y += cat(rest, dim: -1).sum(); // want PRC1002
        return y + pair.Item2.to(ScalarType.Float32).square(); // silent
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Indices : Module<Tensor, Tensor, Tensor, Tensor, Tensor>
{
    private readonly Embedding embedding = Embedding(16, 8);
    public Indices() : base("model") => RegisterComponents();

    private Tensor ForwardCore(Tensor ids, Tensor lengths, Tensor labels, Tensor places)
    {
        var x = embedding.call(ids);
        var hidden = arange(ids.shape[1], device: ids.device).unsqueeze(0) >= lengths.unsqueeze(1);
        var y = x.mean([1L]).gather(-1, places) + functional.one_hot(labels, 8);
        var weights = x.masked_fill(hidden.unsqueeze(-1), float.NegativeInfinity).softmax(1); // want PRC1001
        y += (ids != 0).sum(-1, keepdim: true); // silent
        y += ids.sum(); // silent
        y += lengths.sum(); // silent
        y += lengths.square().sum(); // silent
        y += labels.sum(); // silent
        y += places.sum(); // silent
        y += hidden.sum(); // silent
        y += functional.one_hot(labels, 8).sum(0); // silent
        y += ids.cumsum(1).sum(); // silent
        return y + weights.mean();
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Flags : Module<Tensor, Tensor, Tensor>
{
    public Flags() : base("model") => RegisterComponents();

    private Tensor ForwardCore(Tensor x, Tensor padding)
    {
        var kept = padding.logical_not().sum(-1); // silent
        return x.masked_fill(padding, 0).mean() / kept + padding.sum(); // silent
    }
}
