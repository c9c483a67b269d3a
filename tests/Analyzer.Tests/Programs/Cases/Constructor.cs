// Parameters are set up before they are stored in 16-bit.

[MixedPrecision(Dtype.Float16)]
public sealed partial class LengthAndDirection : Module<Tensor, Tensor>
{
    private readonly Parameter length;
    private readonly Parameter direction;

    public LengthAndDirection()
        : base("linear")
    {
        direction = Parameter(rand(4, 4, dtype: float32));
        length = Parameter(empty(1, 4, dtype: float32));
        RegisterComponents();
        SetLength();
    }

    private void SetLength()
    {
        using var noGradient = no_grad();
        length.set_(direction.square().sum([0L], keepdim: true).sqrt());
    }

    private Tensor ForwardCore(Tensor x) => functional.linear(x, length * direction);
}
