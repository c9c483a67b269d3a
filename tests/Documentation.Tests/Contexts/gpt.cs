// The outline of a GPT, whose parts are elsewhere.
using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/* block */

public sealed class Block : Module<Tensor, Tensor>
{
    public Block() : base(nameof(Block)) => RegisterComponents();

    public override Tensor forward(Tensor x) => x.relu();
}

public sealed class Router : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 2);

    public Router() : base(nameof(Router)) => RegisterComponents();

    public override Tensor forward(Tensor x) => layer.call(x);
}
