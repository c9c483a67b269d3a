using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Layers;

/// <summary>A policy, what comes into the layer, and the mode.</summary>
/// <param name="Kind">Which precision.</param>
/// <param name="Compute">The 16-bit dtype.</param>
/// <param name="Inputs">The dtype of floating inputs where the layer is called.</param>
/// <param name="Training">Training rather than evaluation.</param>
internal sealed record LayerSetting(LayerPrecision Kind, ScalarType Compute, ScalarType Inputs, bool Training)
{
    public double Epsilon => finfo(Compute).eps;

    private Dtype Dtype => Compute is ScalarType.BFloat16 ? Dtype.BFloat16 : Dtype.Float16;

    public static IEnumerable<LayerSetting> All { get; } =
        [
            .. from compute in new[] { ScalarType.BFloat16, ScalarType.Float16 }
               from kind in Enum.GetValues<LayerPrecision>()
               from inputs in kind is LayerPrecision.SixteenBit ? new[] { compute } : [ScalarType.Float32, compute]
               from training in new[] { true, false }
               select new LayerSetting(kind, compute, inputs, training),
        ];

    /// <summary>A model of a layer, with the policy.</summary>
    public LayerModel Wrap(Layer layer, nn.Module module)
        => Kind is LayerPrecision.FullPrecision
            ? Model(new FullPrecisionLayer(module, layer.Run), static (inner, inputs) => ((FullPrecisionLayer)inner).call(inputs))
            : Model(module, layer.Run);

    public override string ToString() => $"{Kind}, {Compute}, {Inputs} inputs, {(Training ? "training" : "evaluation")}";

    private LayerModel Model(nn.Module module, Func<nn.Module, Tensor[], Tensor> run)
        => new(module, run, Inputs)
        {
            PrecisionPolicy = new PrecisionPolicy(
                Dtype,
                Kind is LayerPrecision.Region ? Dtype.Float32 : Dtype,
                Autocast: Kind is not LayerPrecision.SixteenBit),
        };
}

/// <summary>The precisions of the sweep.</summary>
internal enum LayerPrecision
{
    /// <summary>Autocast over float32 parameters.</summary>
    Region,

    /// <summary>Autocast over 16-bit parameters.</summary>
    RegionOverSixteenBit,

    /// <summary>16-bit parameters without autocast.</summary>
    SixteenBit,

    /// <summary>A <c>[FullPrecision]</c> class inside of a model with 16-bit parameters.</summary>
    FullPrecision,
}
