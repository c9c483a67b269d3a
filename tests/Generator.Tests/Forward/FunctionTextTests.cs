using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Tests.Infrastructure;
using Snapshooter;
using Snapshooter.Xunit;

namespace Precision.Generator.Tests.Forward;

/// <summary>What the generator writes for marked autograd functions, and that every compiler setting accepts it.</summary>
public class FunctionTextTests
{
    private const string Class = "public sealed partial class F : autograd.SingleTensorFunction<F>";
    private const string Name = "public override string Name => \"f\";";
    private const string Forward = "Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0];";
    private const string Backward = "List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor g) => [g];";

    [Theory]
    [MemberData(nameof(FunctionShapes.Names), MemberType = typeof(FunctionShapes))]
    public void Text_is_as_reviewed(string shape)
        => Snapshot.Match(GeneratorRun.Of(FunctionShapes.Source(shape)).Text(), new SnapshotNameExtension(shape));

    [Theory]
    [MemberData(nameof(FunctionShapes.Names), MemberType = typeof(FunctionShapes))]
    public void Text_compiles_without_warnings(string shape)
    {
        foreach (var nullable in new[] { NullableContextOptions.Enable, NullableContextOptions.Disable })
        {
            foreach (var version in new[] { LanguageVersion.CSharp12, LanguageVersion.CSharp14 })
            {
                var source = (nullable is NullableContextOptions.Disable ? "#pragma warning disable CS8632 // the shape's own ?\n" : "")
                    + FunctionShapes.Source(shape);
                var run = GeneratorRun.Of(TestCompilation.Create([source], nullable, version, checkOverflow: true));
                Assert.NotEmpty(run.Load().GetTypes());
            }
        }
    }

    /// <summary>The shapes themselves need newer versions: only what is said about generated files counts.</summary>
    [Theory]
    [MemberData(nameof(FunctionShapes.Names), MemberType = typeof(FunctionShapes))]
    public void Text_is_clean_in_every_language_version(string shape)
    {
        foreach (var version in new[] { LanguageVersion.CSharp9, LanguageVersion.CSharp10, LanguageVersion.CSharp11, LanguageVersion.CSharp13 })
        {
            var run = GeneratorRun.Of(TestCompilation.Create([FunctionShapes.Source(shape)], languageVersion: version));
            var generated = run.Files.Select(static file => file.SyntaxTree).ToHashSet();
            Assert.NotEmpty(generated);
            Assert.DoesNotContain(
                run.Output.GetDiagnostics(),
                diagnostic => diagnostic.Location.SourceTree is { } tree && generated.Contains(tree) && diagnostic.Severity > DiagnosticSeverity.Info);
        }
    }

    [Theory]
    [InlineData("[MixedPrecisionFunction] " + Class + " { " + Name + Forward + Backward + " }", true)]
    [InlineData("[Precision.MixedPrecisionFunctionAttribute()] " + Class + " { " + Name + Forward + Backward + " }", true)]
    [InlineData(Class + " { " + Name + Forward + Backward + " }", false)]
    [InlineData("[MixedPrecisionFunction] public sealed class F : autograd.SingleTensorFunction<F> { " + Name + Forward + Backward + " }", false)]
    [InlineData("public class Outer { [MixedPrecisionFunction] " + Class + " { " + Name + Forward + Backward + " } }", false)]
    [InlineData("[MixedPrecisionFunction] file sealed partial class F : autograd.SingleTensorFunction<F> { " + Name + Forward + Backward + " }", false)]
    [InlineData("[MixedPrecisionFunction] public sealed partial class F { " + Forward + Backward + " }", false)]
    [InlineData("[MixedPrecisionFunction] " + Class + " { " + Name + Forward + " }", false)]
    [InlineData("[MixedPrecisionFunction] " + Class + " { " + Name + Backward + " }", false)]
    [InlineData("[MixedPrecisionFunction] " + Class + " { " + Name + Forward + "Tensor BackwardCore(autograd.AutogradContext ctx, Tensor g) => g; }", false)]
    [InlineData("[MixedPrecisionFunction] " + Class + " { " + Name + Forward + Backward + "public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0]; }", false)]
    [InlineData("[MixedPrecisionFunction(CastInputs = Dtype.Auto)] " + Class + " { " + Name + Forward + Backward + " }", false)]
    public void Code_is_generated_where_it_can_be(string source, bool isGenerated)
        => Assert.Equal(isGenerated ? 1 : 0, GeneratorRun.Of(TestCompilation.Usings + source).Files.Length);

    [Fact]
    public void An_alias_of_the_mark_is_seen()
        => Assert.Single(GeneratorRun.Of(
            TestCompilation.Usings.Replace("using Precision;", "using Precision; using Cast = Precision.MixedPrecisionFunctionAttribute;")
                + "[Cast] " + Class + " { " + Name + Forward + Backward + " }").Files);

    [Fact]
    public void A_program_without_warnings_has_none_of_generated_code()
        => GeneratorRun.Of(FunctionShapes.Source("Single"), "namespace Functions.TorchSharp { internal class torch { } } namespace Functions.Precision { class Dtype { } }").Load();
}
