using Precision.Package.Tests.Infrastructure;

namespace Precision.Package.Tests.Consumers;

/// <summary>Where the package cannot work, the build says so once, with the remedy.</summary>
[Collection(PackageTests.Name)]
public sealed class RefusalTests(PackedPackage package)
{
    [Fact]
    public async Task Old_compiler_stops_the_build()
    {
        var consumer = package.Consumer("old-compiler").WriteProject("app.csproj", properties: "").Write("Model.cs", Programs.Model);

        var error = (await consumer.Build(".", "-p:CompilerApiVersion=roslyn4.14")).FailedWith("PRC0000");

        Assert.Contains("Roslyn 4.14", error, StringComparison.Ordinal);
        Assert.Contains(".NET SDK 10.0.100", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_generator_stops_the_build()
    {
        var consumer = package.Consumer("no-generator").WriteProject("app.csproj", properties: "", items: """
            <Target Name="RemoveAnalyzers" BeforeTargets="CoreCompile">
              <ItemGroup>
                <Analyzer Remove="@(Analyzer)" Condition="'%(Filename)' == 'Precision.Generator'" />
              </ItemGroup>
            </Target>
            """);

        var error = (await consumer.Build()).FailedWith("PRC0000");

        Assert.Contains("[MixedPrecision] would have no effect", error, StringComparison.Ordinal);
    }

    /// <summary>No generator runs there, so the attribute would do nothing. Regions work: the F# file has one.</summary>
    [Theory]
    [InlineData("vbproj", "VB", "Model.vb", "Public Class Empty\nEnd Class\n")]
    [InlineData("fsproj", "F#", "Model.fs", "module Regions\nopen Precision\nopen TorchSharp\nlet isEnabled () =\n    use region = Autocast.Enter(torch.CPU, Dtype.BFloat16)\n    Autocast.IsEnabled(torch.CPU)\n")]
    public async Task Another_language_is_warned(string extension, string language, string file, string text)
    {
        var consumer = package.Consumer("language-" + extension)
            .WriteProject("app." + extension, properties: "", items: extension is "fsproj" ? $"<ItemGroup><Compile Include=\"{file}\" /></ItemGroup>" : "")
            .Write(file, text);

        var warned = await consumer.Build();
        Assert.Equal(0, warned.ExitCode);
        Assert.Contains("warning PRC0000", warned.Output, StringComparison.Ordinal);
        Assert.Contains($"in this {language} project [MixedPrecision]", warned.Output, StringComparison.Ordinal);

        var silenced = await consumer.Build(".", "-p:PrecisionLanguageWarning=false", "--no-incremental");
        Assert.Equal(0, silenced.ExitCode);
        Assert.DoesNotContain("PRC0000", silenced.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Older_framework_stops_the_restore()
    {
        var consumer = package.Consumer("old-framework").WriteProject("app.csproj", properties: "<TargetFramework>net8.0</TargetFramework>");

        var error = (await consumer.Build()).FailedWith("NU1202");

        Assert.Contains("net10.0", error, StringComparison.Ordinal);
    }
}
