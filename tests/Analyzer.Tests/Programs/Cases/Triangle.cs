// Masks made of ones, of which a triangle or the diagonal is taken.

[MixedPrecision(Dtype.Float16)]
public sealed partial class Triangle : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    public Triangle() : base("triangle") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var h = layer.call(x);
        var causal = ones(8, 8, dtype: h.dtype).triu(1) * -1e9; // want PRC1007 (fp16)
        var lower = tril(ones_like(h), -1) * float.MinValue; // want PRC1007
        var itself = eye(8, dtype: h.dtype) * -1e5; // want PRC1007 (fp16)
        var filled = full(8, 8, -1e9, dtype: h.dtype).triu(1); // want PRC1007 (fp16)
        var mild = ones(8, 8, dtype: h.dtype).triu(1) * -1e4;
        var wide = ones(8, 8).triu(1) * -1e9;
        var jitter = eye(8, dtype: h.dtype) * 1e-3;
        return h + causal + lower + itself + filled + mild + jitter + wide.to(ScalarType.Float32);
    }
}
