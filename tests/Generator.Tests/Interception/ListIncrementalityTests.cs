using Microsoft.CodeAnalysis;
using Precision.Generator.Interception;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Interception;

/// <summary>What a change of the user's lists makes the interception generator do again: options step by step, attributes edit by edit.</summary>
public class ListIncrementalityTests
{
    private static readonly ConfigOptions None = new();
    private static readonly ConfigOptions Float32 = new(("precision_computes_in_float32", "Ops.Plain"));

    private static readonly string[] Sources =
    [
        TestCompilation.Usings + "public static class First { public static Tensor Run(Tensor x) => x.softmax(1); }",
        TestCompilation.Usings + "public static class Second { public static Tensor Run(Tensor x) => Ops.Plain(x); }",
        TestCompilation.Usings + "public static class Ops { public static Tensor Plain(Tensor x) => x; public static Tensor Other(Tensor x) => x; }",
    ];

    [Fact]
    public void Options_that_say_the_same_change_nothing()
    {
        var (run, compilation) = Start(Float32);
        var next = run.Next(compilation, new ConfigOptions(("precision_computes_in_float32", "Ops.Plain"), ("dotnet_diagnostic.PRC3006.severity", "none")));
        Assert.All(Steps(next), static reason => Assert.Contains(reason, Kept));
        Assert.Equal(run.Text(), next.Text());
    }

    [Fact]
    public void An_option_that_comes_changes_and_goes_is_followed()
    {
        var (run, compilation) = Start(None);
        Assert.DoesNotContain("Ops_Plain", run.Text(), StringComparison.Ordinal);

        var listed = run.Next(compilation, Float32);
        Assert.Contains("EnterFloat32", listed.Text(), StringComparison.Ordinal);
        Assert.Equal([IncrementalStepRunReason.New, IncrementalStepRunReason.Unchanged], Steps(listed).Order());

        var lower = listed.Next(compilation, new ConfigOptions(("precision_computes_in_lower_precision", "Ops.Plain")));
        Assert.Contains("EnterLowerPrecision", lower.Text(), StringComparison.Ordinal);
        Assert.Contains(IncrementalStepRunReason.Modified, Steps(lower));
        Assert.Contains(IncrementalStepRunReason.Unchanged, Steps(lower));

        Assert.Equal(run.Text(), lower.Next(compilation, None).Text());
    }

    [Fact]
    public void An_option_for_one_file_concerns_that_file_alone()
    {
        var options = new ConfigOptions { Files = new() { ["Source0.cs"] = [("precision_computes_in_float32", "TorchSharp.torch.Tensor.softmax, Ops.Plain")] } };
        var (run, compilation) = Start(None);
        var next = run.Next(compilation, options);
        Assert.DoesNotContain("Ops_Plain", next.Text(), StringComparison.Ordinal);
        Assert.Contains("EnterFloat32", next.Text(), StringComparison.Ordinal);
        next.Load();
        Assert.Equal(Anew(compilation, options), next.Text());
    }

    [Theory]
    [InlineData("public static Tensor Plain", "[ComputesIn(Dtype.Float32)] public static Tensor Plain")]
    [InlineData("public static Tensor Plain", "[ComputesIn(Dtype.Auto)] public static Tensor Plain")]
    [InlineData("public static Tensor Plain", "[PrecisionAlias(Dtype.Auto)] public static Tensor Plain")]
    [InlineData("public static Tensor Plain", "[global::Precision.ComputesInAttribute(Dtype.Float32)] public static Tensor Plain")]
    public void An_attribute_elsewhere_is_seen_and_forgotten(string before, string after)
    {
        var (run, compilation) = Start(None, "global using PrecisionAlias = Precision.ComputesInAttribute;");
        var edited = compilation.Edit(2, source => source.Replace(before, after, StringComparison.Ordinal));
        var next = run.Next(edited);
        Assert.Contains("Ops_Plain", next.Text(), StringComparison.Ordinal);
        Assert.Equal(Anew(edited, None), next.Text());
        Assert.Equal(run.Text(), next.Next(compilation).Text());
    }

    [Fact]
    public void A_body_of_a_listed_method_changes_nothing()
    {
        var (run, compilation) = Start(Float32);
        var next = run.Next(compilation.Edit(2, static source => source.Replace("Plain(Tensor x) => x", "Plain(Tensor x) => x + 1", StringComparison.Ordinal)));
        Assert.All(Steps(next), static reason => Assert.Contains(reason, Kept));
    }

    [Fact]
    public void A_marked_method_of_a_referenced_assembly_is_replaced()
    {
        var library = TestCompilation.Create(
            [TestCompilation.Usings + "public static class Library { [ComputesIn(Dtype.Float32)] public static Tensor Stable(Tensor x) => x; }"], assemblyName: "Library");
        using var image = new MemoryStream();
        Assert.True(library.Emit(image).Success);
        var user = TestCompilation.Create(
            [TestCompilation.Usings + "public static class User { public static Tensor Run(Tensor x) => Library.Stable(x); }"],
            references: [MetadataReference.CreateFromImage(image.ToArray())],
            interceptors: "Precision.Interceptors");
        Assert.Contains("Library_Stable", Interceptions.Run(user).Text(), StringComparison.Ordinal);
    }

    private static readonly IncrementalStepRunReason[] Kept = [IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged];

    private static (GeneratorRun Run, Microsoft.CodeAnalysis.CSharp.CSharpCompilation Compilation) Start(ConfigOptions options, params string[] more)
    {
        var compilation = Interceptions.Compile([.. Sources, .. more]);
        return (GeneratorRun.Of(compilation, [new InterceptionGenerator()], properties: options), compilation);
    }

    private static string Anew(Compilation compilation, ConfigOptions options)
        => GeneratorRun.Of(TestCompilation.Anew(compilation), [new InterceptionGenerator()], properties: options).Text();

    private static IEnumerable<IncrementalStepRunReason> Steps(GeneratorRun run)
        => run.Result.TrackedSteps[InterceptionTrackingNames.Files].SelectMany(static step => step.Outputs).Select(static output => output.Reason);
}
