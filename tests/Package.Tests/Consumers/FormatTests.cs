using Precision.Package.Tests.Infrastructure;

namespace Precision.Package.Tests.Consumers;

/// <summary>The fixes without an editor.</summary>
[Collection(PackageTests.Name)]
public sealed class FormatTests(PackedPackage package)
{
    [Fact]
    public async Task Dotnet_format_repairs_what_the_rules_report()
    {
        const string region = "Autocast.Enter(CPU, Dtype.BFloat16);";
        var consumer = package.Consumer("format")
            .WriteProject("app.csproj", properties: "")
            .Write("Model.cs", Programs.Model.Replace("sealed partial class", "sealed class", StringComparison.Ordinal))
            .Write("Inference.cs", $$"""
                using Precision;
                using static TorchSharp.torch;

                public static class Inference
                {
                    public static Tensor Run(Models.Perceptron model, Tensor x)
                    {
                        {{region}}
                        return model.call(x);
                    }
                }
                """);
        Assert.Contains("PRC0001", (await consumer.Build()).Output, StringComparison.Ordinal);

        (await consumer.Dotnet("format", "analyzers", "app.csproj", "--no-restore", "--severity", "info", "--diagnostics", "PRC0001", "PRC3003")).Succeeded();

        Assert.Equal(Programs.Model, File.ReadAllText(consumer.PathOf("Model.cs")));
        Assert.Contains($"using var region = {region}", File.ReadAllText(consumer.PathOf("Inference.cs")), StringComparison.Ordinal);
        (await consumer.Build(".", "--no-restore")).Succeeded();
    }
}
