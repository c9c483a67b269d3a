using Precision.Package.Tests.Infrastructure;

namespace Precision.Package.Tests.Consumers;

/// <summary>Projects as users have them, built from the package and run.</summary>
[Collection(PackageTests.Name)]
public sealed class BuildTests(PackedPackage package)
{
    /// <summary>The README's program, with everything on that writes files beside the output.</summary>
    [Fact]
    public async Task Console_application_trains_and_shows_what_was_generated()
    {
        var consumer = package.Consumer("console")
            .WriteProject("console.csproj", """
                <OutputType>Exe</OutputType>
                <EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles>
                <EmitPrecisionPlan>true</EmitPrecisionPlan>
                """)
            .Write("Program.cs", package.OfReadme());

        (await consumer.Build()).Succeeded();

        (await consumer.Dotnet("bin/Debug/net10.0/console.dll")).AssertLearned();
        Assert.Contains("override", Generated(consumer, "Perceptron.*.g.cs"), StringComparison.Ordinal);
        Assert.Contains("InterceptsLocation", Generated(consumer, "Interceptors.Program_cs.g.cs"), StringComparison.Ordinal);
        Assert.Contains("Perceptron", File.ReadAllText(consumer.PathOf("bin/Debug/net10.0/console.precision-plan.md")), StringComparison.Ordinal);
    }

    /// <summary>One build of several frameworks: each gets the code and the interceptors that its own source asks for.</summary>
    [Fact]
    public async Task Every_target_framework_gets_its_own_code()
    {
        string[] frameworks = ["net10.0", "net10.0-windows"];
        var consumer = package.Consumer("frameworks")
            .WriteProject(
                "app.csproj",
                """
                <OutputType>Exe</OutputType>
                <EnableWindowsTargeting>true</EnableWindowsTargeting>
                <!-- Windows' own frameworks are not used, and not every feed has them. -->
                <DisableTransitiveFrameworkReferenceDownloads>true</DisableTransitiveFrameworkReferenceDownloads>
                <EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles>
                <EmitPrecisionPlan>true</EmitPrecisionPlan>
                """,
                framework: $"<TargetFrameworks>{string.Join(';', frameworks)}</TargetFrameworks>")
            .Write("Program.cs", """
                using Precision;
                using static TorchSharp.torch;

                using var model = new Model();
                Console.WriteLine($"computes in {model.PrecisionPolicy.Compute}, returns {model.call(rand(3, 4)).dtype}");

                #if WINDOWS
                [MixedPrecision(Dtype.BFloat16)]
                #else
                [MixedPrecision(Dtype.BFloat16, Output = Dtype.BFloat16)]
                #endif
                public sealed partial class Model : nn.Module<Tensor, Tensor>
                {
                    private readonly TorchSharp.Modules.Linear layer = nn.Linear(4, 2);
                    public Model() : base(nameof(Model)) => RegisterComponents();
                    private Tensor ForwardCore(Tensor x) => layer.call(x).softmax(-1);
                }
                """);

        (await consumer.Build()).Succeeded();

        foreach (var framework in frameworks)
        {
            Assert.Contains("softmax", Generated(consumer, "Interceptors.Program_cs.g.cs", framework), StringComparison.Ordinal);
            Assert.Contains("Model", File.ReadAllText(consumer.PathOf($"bin/Debug/{framework}/app.precision-plan.md")), StringComparison.Ordinal);
            var run = await consumer.Dotnet($"bin/Debug/{framework}/app.dll");
            var output = framework is "net10.0" ? "BFloat16" : "Float32";
            Assert.True(run.Output.Contains($"computes in BFloat16, returns {output}", StringComparison.Ordinal), run.ToString());
        }
    }

    /// <summary>The application references only the library, and has a model of its own.</summary>
    [Fact]
    public async Task Application_gets_the_generator_through_its_library()
    {
        var consumer = package.Consumer("library")
            .WriteProject("lib/lib.csproj", properties: "")
            .Write("lib/Model.cs", Programs.Model)
            .Write("app/app.csproj", """
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <NoWarn>$(NoWarn);NU1603</NoWarn>
                  </PropertyGroup>
                  <ItemGroup>
                    <ProjectReference Include="../lib/lib.csproj" />
                  </ItemGroup>
                </Project>
                """)
            .Write("app/Program.cs", """
                using Precision;
                using static TorchSharp.torch;

                using var inner = new Models.Perceptron();
                using var outer = new Doubled();
                outer.PrecisionPolicy = outer.PrecisionPolicy with { Output = Dtype.BFloat16 };
                System.Console.WriteLine($"{inner.call(rand(3, 4)).dtype}, {outer.call(rand(3, 4)).dtype}");

                [MixedPrecision(Dtype.BFloat16)]
                public sealed partial class Doubled : nn.Module<Tensor, Tensor>
                {
                    public Doubled() : base(nameof(Doubled)) => RegisterComponents();
                    private Tensor ForwardCore(Tensor x) => x.matmul(x.t());
                }
                """);

        (await consumer.Build("app")).Succeeded();

        var run = await consumer.Dotnet("app/bin/Debug/net10.0/app.dll");
        Assert.True(run.Output.Contains("Float32, BFloat16", StringComparison.Ordinal), run.ToString());
    }

    [Fact]
    public async Task File_based_application_trains()
    {
        var consumer = package.Consumer("file").Write("app.cs", $"""
            #:package Precision@{package.Version}
            #:property NoWarn=$(NoWarn);NU1603

            {package.OfReadme()}
            """);

        var run = await consumer.Dotnet("run", "app.cs");

        run.Succeeded().AssertLearned();
    }

    /// <summary>Code from before nullable references and implicit usings, with every analyzer's warning an error.</summary>
    [Theory]
    [InlineData("nullable-off", "<Nullable>disable</Nullable><ImplicitUsings>disable</ImplicitUsings>")]
    [InlineData("strict", "<TreatWarningsAsErrors>true</TreatWarningsAsErrors><PrecisionAnalysisMode>strict</PrecisionAnalysisMode><AnalysisLevel>latest-all</AnalysisLevel><EnforceCodeStyleInBuild>true</EnforceCodeStyleInBuild><GenerateDocumentationFile>true</GenerateDocumentationFile><NoWarn>$(NoWarn);CS1591;CA2213</NoWarn>")]
    public async Task Generated_code_suits_the_projects_settings(string name, string properties)
    {
        var consumer = package.Consumer(name).WriteProject($"{name}.csproj", properties).Write("Model.cs", Programs.Model);

        (await consumer.Build()).Succeeded();
    }

    [Fact]
    public async Task Building_again_gives_the_same_bytes()
    {
        var consumer = package.Consumer("again-built").WriteProject("app.csproj", properties: "").Write("Model.cs", Programs.Model);
        (await consumer.Build()).Succeeded();
        var first = File.ReadAllBytes(consumer.PathOf("bin/Debug/net10.0/app.dll"));

        // Another compiler process: what depends on the order of its hashes would change.
        (await consumer.Build(".", "--no-incremental", "-p:UseSharedCompilation=false")).Succeeded();

        Assert.Equal(first, File.ReadAllBytes(consumer.PathOf("bin/Debug/net10.0/app.dll")));
    }

    private static string Generated(Consumer consumer, string pattern, string framework = "net10.0")
        => File.ReadAllText(Assert.Single(Directory.GetFiles(
            consumer.PathOf($"obj/Debug/{framework}/generated/Precision.Generator"), pattern, SearchOption.AllDirectories)));
}
