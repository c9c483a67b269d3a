namespace Models.Detection;

/// <summary>Hands what the coarse features know to the fine ones.</summary>
public sealed class Neck : Module<Tensor[], Tensor[]>
{
    private readonly ModuleDict<Module<Tensor, Tensor>> blocks;
    private readonly Upsample upsample = Upsample(scale_factor: [2.0, 2.0], mode: UpsampleMode.Nearest);

    public Neck(int width, int outputs)
        : base(nameof(Neck))
    {
        blocks = ModuleDict<Module<Tensor, Tensor>>(
            ("middle", new C2f(6 * width, 2 * width)),
            ("fine", new C2f(3 * width, width)),
            ("out0", new ConvBlock(width, outputs)),
            ("out1", new ConvBlock(2 * width, outputs)),
            ("out2", new ConvBlock(4 * width, outputs)));
        RegisterComponents();
    }

    public override Tensor[] forward(Tensor[] features)
    {
        var coarse = features[2];
        var middle = blocks["middle"].call(cat([upsample.call(coarse).type_as(coarse), features[1]], 1));
        var fine = blocks["fine"].call(cat([upsample.call(middle).type_as(middle), features[0]], 1));
        return [blocks["out0"].call(fine), blocks["out1"].call(middle), blocks["out2"].call(coarse)];
    }
}
