using System.Reflection;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Layers;

/// <summary>Every layer of TorchSharp in every precision, beside float32. Alone: the process has one generator of random numbers.</summary>
[Collection(SerialTests.Name)]
public sealed class LayerTests
{
    public static TheoryData<string> Layers { get; } = [.. LayerCatalog.All.Select(static layer => layer.Name)];

    public static TheoryData<string> PaddedLayers { get; } =
        [.. LayerCatalog.All.Where(static layer => layer.Variant.Contains("padding mask")).Select(static layer => layer.Name)];

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_layer_gives_what_float32_gives(string name) => AssertNone(Faults(name, CPU));

    [SkippableTheory]
    [MemberData(nameof(Layers))]
    public void A_layer_gives_what_float32_gives_on_a_GPU(string name) => AssertNone(Faults(name, Infrastructure.Cuda.Require()));

    [Theory]
    [MemberData(nameof(PaddedLayers))]
    public void A_padding_mask_changes_no_dtype(string name) => AssertDtypes(name, CPU);

    [SkippableTheory]
    [MemberData(nameof(PaddedLayers))]
    public void A_padding_mask_changes_no_dtype_on_a_GPU(string name) => AssertDtypes(name, Infrastructure.Cuda.Require());

    [Fact]
    public void Every_factory_of_torch_nn_is_swept()
        => Assert.Equal(
            typeof(nn).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(static method => typeof(nn.Module).IsAssignableFrom(method.ReturnType))
                .Select(static method => method.Name)
                .ToHashSet()
                .Order(StringComparer.Ordinal),
            LayerCatalog.All.Select(static layer => layer.Factory).Concat(LayerCatalog.Containers).ToHashSet().Order(StringComparer.Ordinal));

    [Fact]
    public void Every_refusal_is_of_a_layer_that_is_swept()
        => Assert.All(LayerRefusal.All, static refusal => Assert.Single(LayerCatalog.All, layer => layer.Name == refusal.Layer));

    private static void AssertNone(List<string> faults) => Assert.True(faults.Count == 0, string.Join('\n', faults));

    /// <summary>What differs from what is expected: a fault where none is, and a refusal that does not happen.</summary>
    private static List<string> Faults(string name, Device device)
    {
        var layer = LayerCatalog.All.Single(layer => layer.Name == name);
        List<string> faults = [];
        foreach (var setting in LayerSetting.All)
        {
            var fault = LayerTrial.Fault(layer, setting, device);
            var isExpected = LayerRefusal.Of(layer, setting, device.type) is { } refusal
                ? fault?.Contains(refusal.Message, StringComparison.Ordinal) is true
                : fault is null;
            if (!isExpected)
            {
                faults.Add($"{setting}: {fault ?? "runs, where a refusal is expected"}");
            }
        }

        return faults;
    }

    private static void AssertDtypes(string name, Device device)
    {
        var padded = LayerCatalog.All.Single(layer => layer.Name == name);
        var plain = LayerCatalog.All.Single(layer => layer.Name == padded.Factory);
        foreach (var setting in LayerSetting.All.Where(static setting => setting.Kind is not LayerPrecision.FullPrecision))
        {
            Assert.Equal(
                (setting, LayerTrial.ResultDtype(plain, setting, device)),
                (setting, LayerTrial.ResultDtype(padded, setting, device)));
        }
    }
}
