using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Benchmarks.OptimizerStep;

/// <summary>A model that is nothing but parameters.</summary>
[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
internal sealed partial class BFloat16Parameters : nn.Module<Tensor, Tensor>
{
    private readonly ParameterList weights;

    public BFloat16Parameters(IEnumerable<Tensor> values)
        : base(nameof(BFloat16Parameters))
    {
        weights = nn.ParameterList([.. values.Select(static value => nn.Parameter(value.clone()))]);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x) => x;
}
