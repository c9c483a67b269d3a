using System.Diagnostics;
using System.Runtime.CompilerServices;
using Precision.Generator.Flow.Values;
using Precision.Generator.Plan;
using TorchSharp;

namespace Precision.Generator.Tests.Plan;

/// <summary>The plan as the targets file writes it: a project outside the repository, built by the SDK.</summary>
public sealed class PlanBuildTests : IDisposable
{
    private readonly DirectoryInfo project = Directory.CreateTempSubdirectory("precision-plan");

    public PlanBuildTests()
    {
        File.WriteAllText(Path.Combine(project.FullName, "Net.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
              </PropertyGroup>
              <ItemGroup>
                <Reference Include="{typeof(IMixedPrecisionModule).Assembly.Location}" />
                <Reference Include="{typeof(torch).Assembly.Location}" />
                <Analyzer Include="{typeof(PrecisionPlanGenerator).Assembly.Location}" />
              </ItemGroup>
              <Import Project="{Path.GetFullPath("../../../src/Runtime/buildTransitive/Precision.targets", Folder())}" />
            </Project>
            """);
        // What lies in the folders above is not the project's.
        foreach (var name in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
        {
            File.WriteAllText(Path.Combine(project.FullName, name), "<Project />");
        }

        WriteModel("x.softmax(0)");
    }

    public void Dispose() => project.Delete(recursive: true);

    [Fact]
    public void A_build_writes_the_plan_where_it_is_asked_to_and_only_then()
    {
        Build();
        Assert.Empty(project.EnumerateFiles("*precision-plan.md", SearchOption.AllDirectories));
        Assert.Empty(project.EnumerateFiles("PrecisionPlan.g.cs", SearchOption.AllDirectories));

        Build("-p:EmitPrecisionPlan=true");
        var plan = Read("bin/Debug/net10.0/Net.precision-plan.md");
        Assert.StartsWith("# Precision plan of Net\n\n", plan, StringComparison.Ordinal);
        Assert.EndsWith("| 1 | `Tensor.softmax` | Float32 | Float32 | CUDA: float32 list, unless it names a dtype; CPU: unlisted | yes |\n", plan, StringComparison.Ordinal);

        // A path of the project's own, relative to it; and the plan follows the code.
        WriteModel("x.softmax(0).exp()");
        Build("-p:EmitPrecisionPlan=true", "-p:PrecisionPlanFile=plans/net.md");
        Assert.Equal(
            plan + "| 1 | `Tensor.exp` | Float32 | Float32 | CUDA: float32 list; CPU: unlisted |  |\n",
            Read("plans/net.md"));

        // Nothing to compile: the plan is there all the same.
        Build("-p:EmitPrecisionPlan=true");
        Assert.Equal(Read("plans/net.md"), Read("bin/Debug/net10.0/Net.precision-plan.md"));
        Build("-p:EmitPrecisionPlan=true", "-t:Clean");
        Assert.False(File.Exists(Path.Combine(project.FullName, "bin/Debug/net10.0/Net.precision-plan.md")));
        Assert.True(File.Exists(Path.Combine(project.FullName, "plans/net.md")));
    }

    /// <summary>A misspelt property, or a place that cannot be written: one error of ours, with the remedy.</summary>
    [Theory]
    [InlineData("-p:PrecisionDtypes=BFloat16%2C Flaot16", "PrecisionDtypes names 'Flaot16'")]
    [InlineData("-p:PrecisionDtypes=double%2Cint8", "PrecisionDtypes names 'double int8'")]
    [InlineData("-p:PrecisionPlanFile=Model.cs/plans/net.md", "The precision plan cannot be written to 'Model.cs/plans/net.md'")]
    [InlineData("-p:PrecisionPlanFile=obj", "The precision plan cannot be written to 'obj'")]
    public void What_a_property_gets_wrong_is_named(string property, string message)
    {
        var (exitCode, output) = Run("-p:EmitPrecisionPlan=true", property);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("error PRC0000: " + message, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BFloat16%2C Float16")]
    [InlineData("float16")]
    [InlineData("Float32")]
    public void A_known_dtype_is_accepted(string dtypes) => Build("-p:PrecisionDtypes=" + dtypes);

    private void WriteModel(string result) => File.WriteAllText(Path.Combine(project.FullName, "Model.cs"), $$"""
        using Precision;
        using static TorchSharp.torch;

        [MixedPrecision(Dtype.BFloat16)]
        public sealed partial class Model() : nn.Module<Tensor, Tensor>("a;b%c")
        {
            private Tensor ForwardCore(Tensor x) => {{result}};
        }
        """);

    private string Read(string path) => File.ReadAllText(Path.Combine(project.FullName, path)).ReplaceLineEndings("\n");

    private void Build(params string[] arguments)
    {
        var (exitCode, output) = Run(arguments);
        Assert.True(exitCode == 0, output);
    }

    private (int ExitCode, string Output) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["build", "-v", "q", "--nologo", "-warnaserror", .. arguments])
        {
            WorkingDirectory = project.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the test host sets for itself is not the build's.
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using var build = Process.Start(start)!;
        var error = build.StandardError.ReadToEndAsync();
        var output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        return (build.ExitCode, output + error.Result);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
