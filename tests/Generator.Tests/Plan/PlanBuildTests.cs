using System.Diagnostics;
using System.Runtime.CompilerServices;
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
        Assert.EndsWith("| 1 | `Tensor.softmax` | Float32 | as given | CUDA: float32 list, unless it names a dtype; CPU: unlisted | yes |\n", plan, StringComparison.Ordinal);

        // A path of the project's own, relative to it; and the plan follows the code.
        WriteModel("x.softmax(0).exp()");
        Build("-p:EmitPrecisionPlan=true", "-p:PrecisionPlanFile=plans/net.md");
        Assert.Equal(
            plan + "| 1 | `Tensor.exp` | Float32 | as given | CUDA: float32 list; CPU: unlisted |  |\n",
            Read("plans/net.md"));

        // Nothing to compile: the plan is there all the same.
        Build("-p:EmitPrecisionPlan=true");
        Assert.Equal(Read("plans/net.md"), Read("bin/Debug/net10.0/Net.precision-plan.md"));
        Build("-p:EmitPrecisionPlan=true", "-t:Clean");
        Assert.False(File.Exists(Path.Combine(project.FullName, "bin/Debug/net10.0/Net.precision-plan.md")));
        Assert.True(File.Exists(Path.Combine(project.FullName, "plans/net.md")));
    }

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
        Assert.True(build.ExitCode == 0, output + error.Result);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
