using Precision.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Distributed.Worker.Models;

/// <summary>Two layers of a bucket each, with a backward between them that may fail.</summary>
internal sealed class Broken : Module<Tensor, Tensor>
{
    /// <summary>A layer has 16 MB.</summary>
    public const int Width = 2000;

    private readonly Linear first = Linear(Width, Width);
    private readonly Linear second = Linear(Width, Width);
    private readonly bool fails;

    public Broken(bool fails)
        : base(nameof(Broken))
    {
        this.fails = fails;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var middle = first.call(x);
        return second.call(AutogradNode.Record([middle], [middle.detach().alias()], [], (gradients, _) => fails
            ? throw new InvalidOperationException("The planted fault.")
            : [gradients[0]!.alias()])[0]);
    }
}
