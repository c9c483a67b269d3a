using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TextGeneration.Model;

/// <summary>The position-wise part of a block: widen four times, GELU, narrow again.</summary>
internal sealed class Mlp : Module<Tensor, Tensor>
{
    private readonly Linear widen;
    private readonly GELU activation;
    private readonly Linear projection;
    private readonly Dropout dropout;

    public Mlp(int width, double dropout)
        : base(nameof(Mlp))
    {
        widen = Linear(width, 4 * width);
        activation = GELU();
        projection = Linear(4 * width, width);
        this.dropout = Dropout(dropout);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => dropout.call(projection.call(activation.call(widen.call(x))));
}
