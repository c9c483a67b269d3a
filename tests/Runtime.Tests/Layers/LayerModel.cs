using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Layers;

/// <summary>A model of one layer, whose policy each test sets.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class LayerModel : nn.Module<Tensor[], Tensor>
{
    private readonly nn.Module layer;
    private readonly Func<nn.Module, Tensor[], Tensor> run;
    private readonly ScalarType inputs;

    /// <param name="layer">The layer.</param>
    /// <param name="run">Its call.</param>
    /// <param name="inputs">What its floating inputs are cast to first, as if an operation of that dtype had made them.</param>
    public LayerModel(nn.Module layer, Func<nn.Module, Tensor[], Tensor> run, ScalarType inputs)
        : base(nameof(LayerModel))
    {
        (this.layer, this.run, this.inputs) = (layer, run, inputs);
        RegisterComponents();
    }

    /// <summary>The dtype of the layer's last result, before the model casts its own.</summary>
    public ScalarType ResultDtype { get; private set; }

    private Tensor ForwardCore(Tensor[] tensors)
    {
        var result = run(layer, [.. tensors.Select(tensor => is_floating_point(tensor) ? tensor.to_type(inputs) : tensor)]);
        ResultDtype = result.dtype;
        return result;
    }
}

/// <summary>The same, all of it in float32.</summary>
[FullPrecision]
public sealed partial class FullPrecisionLayer : nn.Module<Tensor[], Tensor>
{
    private readonly nn.Module layer;
    private readonly Func<nn.Module, Tensor[], Tensor> run;

    public FullPrecisionLayer(nn.Module layer, Func<nn.Module, Tensor[], Tensor> run)
        : base(nameof(FullPrecisionLayer))
    {
        (this.layer, this.run) = (layer, run);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor[] tensors) => run(layer, tensors);
}
