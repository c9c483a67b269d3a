using Precision.Analyzer.Tests.Infrastructure;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Tests.Forward;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>Code is generated exactly for the classes about which no error is reported.</summary>
public class GenerationTests
{
    [Theory]
    [MemberData(nameof(ClassShapes.Names), MemberType = typeof(ClassShapes))]
    public async Task A_class_without_diagnostic_is_generated(string shape)
    {
        var compilation = await RuleCompilation.Create(ClassShapes.Source(shape));
        Assert.Empty(compilation.Errors);
        Assert.Empty(compilation.CompilerErrors);
        var annotated = AnnotatedClasses.In(compilation.Generated);
        Assert.NotEmpty(annotated);
        Assert.All(annotated, type => Assert.NotNull(type.FindPrecisionGenerated()));
    }

    [Theory]
    [InlineData("PRC0001", "[FullPrecision] class A() : Module<int, int>(\"a\") { int ForwardCore(int x) => x; }")]
    [InlineData("PRC0001", "[FullPrecision] file partial class A() : Module<int, int>(\"a\") { int ForwardCore(int x) => x; }")]
    [InlineData("PRC0001", "class Outer { [FullPrecision] partial class A() : Module<int, int>(\"a\") { int ForwardCore(int x) => x; } }")]
    [InlineData("PRC0002", "[FullPrecision] partial class A() : Module(\"a\") { int ForwardCore(int x) => x; }")]
    [InlineData("PRC0003", "[FullPrecision] partial class A() : Module<int, int>(\"a\") { public override int forward(int x) => x; }")]
    [InlineData("PRC0004", "[FullPrecision] partial class A() : Module<int, int>(\"a\");")]
    [InlineData("PRC0004", "[FullPrecision] partial class A() : Module<int, int>(\"a\") { int ForwardCore(long x) => 1; }")]
    [InlineData("PRC0004", "class B() : Module<int, int>(\"a\") { public sealed override int forward(int x) => x; } [FullPrecision] partial class A : B { int ForwardCore(int x) => x; }")]
    [InlineData("PRC0005", "[MixedPrecision(Dtype.Unspecified)] partial class A() : Module<int, int>(\"a\") { int ForwardCore(int x) => x; }")]
    [InlineData("PRC0006", "[FullPrecision, MixedPrecision(Dtype.Float16)] partial class A() : Module<int, int>(\"a\") { int ForwardCore(int x) => x; }")]
    public async Task A_class_with_an_error_is_not(string id, string source)
    {
        var compilation = await RuleCompilation.Create(TestReferences.Usings + source);
        Assert.Equal(id, Assert.Single(compilation.Errors).Id);
        Assert.Null(Assert.Single(AnnotatedClasses.In(compilation.Generated)).FindPrecisionGenerated());
    }

    /// <summary>In an editor the generated file may be older than the class.</summary>
    [Fact]
    public async Task A_generated_file_from_before_an_edit_does_not_confuse_the_analyzers()
    {
        const string before = "[FullPrecision] partial class A() : Module<int, int>(\"a\") { int ForwardCore(int x) => x; }";
        var generated = (await RuleCompilation.Create(TestReferences.Usings + before)).Generated.SyntaxTrees.Last().ToString();
        foreach (var (id, after) in new[]
        {
            ("PRC0001", before.Replace("partial ", "")),
            ("PRC0003", before.Replace("int ForwardCore", "public override int forward")),
            ("PRC0004", before.Replace("(int x) =>", "(long x) =>")),
        })
        {
            var stale = await RuleCompilation.Create(TestReferences.Usings + after, generated);
            Assert.Equal(id, Assert.Single(stale.Errors).Id);
        }
    }
}
