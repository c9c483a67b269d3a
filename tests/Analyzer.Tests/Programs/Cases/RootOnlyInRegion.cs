// In a region: what modules of the same project, and sequences of known ones, give.

public sealed class ConvNorm : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(3, 4, 3, padding: 1);
    private readonly BatchNorm2d norm = BatchNorm2d(4);
    public ConvNorm() : base("conv") => RegisterComponents();
    public override Tensor forward(Tensor x) => functional.relu(norm.call(conv.call(x)));
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Detector : Module<Tensor, Tensor>
{
    private readonly ConvNorm stem = new();
    private readonly Sequential body = Sequential(Conv2d(4, 4, 1), SiLU());
    private readonly Conv2d head = Conv2d(3, 4, 1);
    public Detector() : base("detector") => RegisterComponents();

    private Tensor ForwardCore(Tensor image)
    {
        var features = stem.call(image);
        var deep = body.call(features);
        var hidden = deep.masked_fill(deep.lt(0), -1e9); // want PRC1007 (region, fp16)
        var shown = features.masked_fill(features.lt(0), -1e9); // want PRC1007 (region, fp16)
        return hidden + shown + head.call(image).masked_fill(image.mean([1L], keepdim: true).lt(0), -1e9); // want PRC1007 (region, fp16)
    }
}
