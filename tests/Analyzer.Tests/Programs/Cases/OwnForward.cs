// The generated forward returns float32, also to other members of the class that call it.

[MixedPrecision(Dtype.Float16)]
public sealed partial class Generator : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    public Generator() : base("generator") => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => layer.forward(x);

    public Tensor Probabilities(Tensor x) => forward(x).softmax(-1);

    /// <summary>Leaves the generated forward out.</summary>
    public Tensor Core(Tensor x) => ForwardCore(x).softmax(-1); // want PRC1001

    public Tensor Generate(Tensor ids, int count, double temperature = 1)
    {
        for (var i = 0; i < count; i++)
        {
            var logits = this.call(ids)[.., -1, ..] / temperature;
            var (best, _) = logits.topk(3);
            logits = logits.masked_fill(logits < best[.., ^1..], float.NegativeInfinity);
            ids = cat([ids, multinomial(functional.softmax(logits, dim: -1), 1)], dim: 1);
        }

        return ids;
    }
}
