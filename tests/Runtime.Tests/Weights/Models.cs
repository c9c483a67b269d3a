using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Weights;

/// <summary>16-bit parameters, float32 statistics, an integer buffer, a tied weight.</summary>
[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
public sealed partial class Sixteen : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(1, 4, 3);
    private readonly BatchNorm2d norm = BatchNorm2d(4);
    private readonly Linear linear = Linear(4, 4);
    private readonly Linear tied = Linear(4, 4, hasBias: false);

    public Sixteen()
        : base(nameof(Sixteen))
    {
        tied.weight = linear.weight!;
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x) => tied.call(linear.call(norm.call(conv.call(x)).mean([2, 3])));
}

/// <summary>The same without Precision.</summary>
public sealed class Plain : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(1, 4, 3);
    private readonly BatchNorm2d norm = BatchNorm2d(4);
    private readonly Linear linear = Linear(4, 4);
    private readonly Linear tied = Linear(4, 4, hasBias: false);

    public Plain()
        : base(nameof(Plain))
    {
        tied.weight = linear.weight!;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => tied.call(linear.call(norm.call(conv.call(x)).mean([2, 3])));
}

/// <summary>Another head.</summary>
public sealed class Other : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(1, 4, 3);
    private readonly Linear head = Linear(4, 2);

    public Other()
        : base(nameof(Other))
        => RegisterComponents();

    public override Tensor forward(Tensor x) => head.call(conv.call(x).mean([2, 3]));
}
