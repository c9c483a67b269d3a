using TorchSharp;

namespace Precision.Runtime.Tests.Layers;

/// <summary>A layer that does not run in a setting: the message, and what a user does instead.</summary>
/// <param name="Layer">Its name in the sweep.</param>
/// <param name="When">Where it does not, for the reader of the table.</param>
/// <param name="Message">What the exception says.</param>
/// <param name="Remedy">What runs.</param>
/// <param name="Applies">Whether it is refused in a setting on a kind of device.</param>
internal sealed record LayerRefusal(string Layer, string When, string Message, string Remedy, Func<LayerSetting, DeviceType, bool> Applies)
{
    public static IReadOnlyList<LayerRefusal> All { get; } =
    [
        InSequential("AvgPool3d, in a Sequential"),
        InSequential("LocalResponseNorm, in a Sequential"),
        new(
            "AdaptiveMaxPool3d", "everywhere, in float32 too", "Object reference not set", "an `AdaptiveAvgPool3d` or a `MaxPool3d`: TorchSharp 0.107.0's call fails",
            static (_, _) => true),
        new(
            "BCELoss", "in a region on CUDA", "unsafe to autocast", "`BCEWithLogitsLoss` of the logits",
            static (setting, device) => device is DeviceType.CUDA && setting.Kind is (LayerPrecision.Region or LayerPrecision.RegionOverSixteenBit)),
        new(
            "EmbeddingBag, max", "in training with BFloat16 parameters on CUDA", "embedding_bag_backward_cuda_max", "`[FullPrecision]` on it",
            static (setting, device) => device is DeviceType.CUDA && setting is { Compute: torch.ScalarType.BFloat16, Training: true }
                && setting.Kind is (LayerPrecision.RegionOverSixteenBit or LayerPrecision.SixteenBit)),
    ];

    public static LayerRefusal? Of(Layer layer, LayerSetting setting, DeviceType device)
        => All.SingleOrDefault(refusal => refusal.Layer == layer.Name && refusal.Applies(setting, device));

    private static LayerRefusal InSequential(string layer) => new(
        layer,
        "in a Sequential, in true 16-bit on a CPU",
        "\"avg_pool3d_out_frame\" not implemented",
        "a field of the layer's own type, called there; or `[FullPrecision]` on the Sequential",
        static (setting, device) => device is DeviceType.CPU && setting.Kind is LayerPrecision.SixteenBit);
}
