using System.Reflection;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Layers;

/// <summary>Every layer of TorchSharp in every precision, beside float32.</summary>
public sealed class LayerTests
{
    public static TheoryData<string> Layers { get; } = [.. LayerCatalog.All.Select(static layer => layer.Name)];

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_layer_gives_what_float32_gives(string name) => Assert.Empty(Faults(name, CPU));

    [Fact]
    public void Every_factory_of_torch_nn_is_swept()
        => Assert.Equal(
            typeof(nn).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(static method => typeof(nn.Module).IsAssignableFrom(method.ReturnType))
                .Select(static method => method.Name)
                .ToHashSet()
                .Order(StringComparer.Ordinal),
            LayerCatalog.All.Select(static layer => layer.Factory).Concat(LayerCatalog.Containers).ToHashSet().Order(StringComparer.Ordinal));

    private static List<string> Faults(string name, Device device)
    {
        var layer = LayerCatalog.All.Single(layer => layer.Name == name);
        return [.. from setting in LayerSetting.All
                   let fault = LayerTrial.Fault(layer, setting, device)
                   where fault is not null
                   select $"{setting}: {fault}"];
    }
}
