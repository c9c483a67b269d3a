using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Distributed;

/// <summary>Two layers with fixed weights, the same on every rank without a seed of the process.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Net : Module<Tensor, Tensor>
{
    private readonly Linear first = Linear(6, 16);
    private readonly LayerNorm norm = LayerNorm(16);
    private readonly Linear second = Linear(16, 3);

    public Net()
        : base(nameof(Net)) => RegisterComponents();

    public static Net Create(Dtype compute, Dtype parameters)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var net = new Net { PrecisionPolicy = new PrecisionPolicy(compute, parameters) };
        foreach (var (name, parameter) in net.named_parameters().Where(static entry => !entry.name.StartsWith("norm", StringComparison.Ordinal)))
        {
            var values = Enumerable.Range(0, (int)parameter.numel()).Select(i => (float)(0.4 * Math.Sin((7.3 * i) + name.Length)));
            parameter.copy_(tensor(values.ToArray()).view(parameter.shape));
        }

        return net;
    }

    public float[] Values() => [.. parameters().SelectMany(static parameter => parameter.to(ScalarType.Float32).flatten().data<float>().ToArray())];

    private Tensor ForwardCore(Tensor x) => second.call(norm.call(first.call(x)).relu());
}

/// <summary>Three weights of 1, of which a forward uses one.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Branches : Module<Tensor, int, Tensor>
{
    private readonly ModuleList<Linear> branches = ModuleList(Linear(1, 1, hasBias: false), Linear(1, 1, hasBias: false), Linear(1, 1, hasBias: false));

    public Branches()
        : base(nameof(Branches))
    {
        foreach (var branch in branches)
        {
            init.ones_(branch.weight!);
        }

        RegisterComponents();
    }

    public float[] Values() => [.. parameters().Select(static parameter => parameter.to(ScalarType.Float32).item<float>())];

    private Tensor ForwardCore(Tensor x, int branch) => branches[branch].call(x);
}

/// <summary>An embedding with sparse gradients, and a complex weight whose gradient is 2.</summary>
public sealed class Oddities : Module<Tensor, Tensor>
{
    private readonly Embedding words = Embedding(3, 1, sparse: true);
    private readonly Parameter wave = new(zeros(1, dtype: ScalarType.ComplexFloat32));

    public Oddities()
        : base(nameof(Oddities))
    {
        init.zeros_(words.weight!);
        RegisterComponents();
    }

    public float[] Values()
    {
        var numbers = wave.detach().view_as_real().flatten();
        return [.. words.weight!.flatten().data<float>().ToArray(), .. numbers.data<float>().ToArray()];
    }

    public override Tensor forward(Tensor ids)
    {
        var two = tensor(2f);
        return cat([words.call(ids).flatten(), wave.real * two]);
    }
}
