namespace Models.Common;

/// <summary>Root mean square normalisation, in float32 inside.</summary>
public sealed class RmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double epsilon;

    public RmsNorm(int width, double epsilon = 1e-6)
        : base(nameof(RmsNorm))
    {
        this.epsilon = epsilon;
        weight = Parameter(ones(width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => weight * Normalise(x.to(ScalarType.Float32)).type_as(x);

    private Tensor Normalise(Tensor x) => x * rsqrt(x.pow(2).mean([-1L], keepdim: true) + epsilon);
}
