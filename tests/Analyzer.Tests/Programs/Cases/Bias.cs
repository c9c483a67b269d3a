// Scores by einsum, and a bias that is a parameter under one declared type or another.

[MixedPrecision(Dtype.Float16)]
public sealed partial class Biased : Module<Tensor, Tensor>
{
    private readonly Linear query = Linear(4, 4);
    private readonly Tensor asTensor = Parameter(zeros(2, 2));
    private readonly Parameter asParameter = Parameter(zeros(2, 2));
    public Biased() : base("attention") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var q = query.call(x);
        var scores = 0.5 * einsum("b i d, b j d -> b i j", q, q); // want PRC1013 (region, fp16)
        var plain = functional.softmax(scores, -1); // want PRC1001
        var first = functional.softmax(scores + asParameter, -1); // want PRC1001
        var second = functional.softmax(asTensor + scores, -1); // want PRC1001
        return plain + first + second;
    }
}
