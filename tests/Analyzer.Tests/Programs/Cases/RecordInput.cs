// A record of tensors as the forward's input: the generated forward casts what is in it.

public sealed record Input(Tensor Hidden, Tensor Mask);

[MixedPrecision(Dtype.Float16)]
public sealed partial class Attending : Module<Input, Tensor>
{
    private readonly Linear query = Linear(4, 4);
    public Attending() : base("attending") => RegisterComponents();

    private Tensor ForwardCore(Input input)
    {
        var q = query.call(input.Hidden);
        var weights = q.matmul(q.mT).softmax(-1); // want PRC1001
        return weights + (input.Hidden + input.Mask).softmax(-1); // want PRC1001
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Projecting : Module<Input, Tensor>
{
    private readonly Linear query = Linear(4, 4);
    public Projecting() : base("projecting") => RegisterComponents();

    private Tensor ForwardCore(Input input) => query.call(input.Hidden);
}
