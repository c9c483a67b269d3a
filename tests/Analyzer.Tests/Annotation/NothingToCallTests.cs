using Microsoft.CodeAnalysis.Testing;
using Precision.Generator.Rules.Annotation;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.AnnotatedClassAnalyzer>;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>PRC0004.</summary>
public class NothingToCallTests
{
    [Theory]
    [InlineData("{|CS0534:{|PRC0004:A|}|}", "")]
    [InlineData("{|CS0534:{|PRC0004:A|}|}", "public int Other => 1;")]
    [InlineData("{|CS0534:A|}", "Tensor {|PRC0004:ForwardCore|}(Tensor x, Tensor y) => x;")]
    [InlineData("{|CS0534:A|}", "object {|PRC0004:ForwardCore|}(Tensor x) => x;")]
    [InlineData("{|CS0534:A|}", "static Tensor {|PRC0004:ForwardCore|}(Tensor x) => x;")]
    [InlineData("{|CS0534:A|}", "Tensor {|PRC0004:ForwardCore|}<T>(Tensor x) => x;")]
    [InlineData("{|CS0534:A|}", "Tensor {|PRC0004:ForwardCore|}(in Tensor x) => x;")]
    [InlineData("{|CS0534:A|}", "ref Tensor {|PRC0004:ForwardCore|}(Tensor x) => throw new Exception();")]
    [InlineData("{|CS0534:A|}", "Func<Tensor, Tensor> {|PRC0004:ForwardCore|} => x => x;")]
    public Task A_class_without_usable_ForwardCore_is_reported(string name, string members)
        => Rule.Verify($$"""[MixedPrecision(Dtype.BFloat16)] partial class {{name}}() : Module<Tensor, Tensor>("a") { {{members}} }""");

    [Theory]
    [InlineData("private Tensor ForwardCore(Tensor x) => x;", "{|CS0534:{|PRC0004:A|}|}")] // out of reach
    [InlineData("public sealed override Tensor forward(Tensor x) => x;", "{|PRC0004:A|}")]
    [InlineData("public abstract override Tensor forward(Tensor x);", "{|CS0534:{|PRC0004:A|}|}")]
    public Task An_inherited_method_that_cannot_be_called_or_overridden_is_reported(string inherited, string name)
        => Rule.Verify($$"""
            abstract class B() : Module<Tensor, Tensor>("b") { {{inherited}} }
            [MixedPrecision(Dtype.BFloat16)] partial class {{name}} : B;
            """);

    [Theory]
    [InlineData("", "Tensor ForwardCore(Tensor x) => x;")]
    [InlineData("", "Tensor ForwardCore(Tensor x) => x; Tensor ForwardCore(Tensor x, int n) => x;")]
    [InlineData("protected Tensor ForwardCore(Tensor x) => x;", "")]
    [InlineData("public override Tensor forward(Tensor x) => x;", "")]
    [InlineData("public abstract override Tensor forward(Tensor x);", "Tensor ForwardCore(Tensor x) => x;")]
    [InlineData("protected abstract Tensor ForwardCore(Tensor x);", "protected override Tensor ForwardCore(Tensor x) => x;")]
    public Task A_method_to_call_is_enough(string inherited, string own)
        => Rule.Verify($$"""
            abstract class B() : Module<Tensor, Tensor>("b") { {{inherited}} }
            [MixedPrecision(Dtype.BFloat16)] partial class A : B { {{own}} }
            """);

    /// <summary>C# looks at what a class declares before it looks at what the class overrides or inherits.</summary>
    [Theory]
    [InlineData("public override Tensor forward(Tensor x) => x; public Tensor forward(Tensor x, Tensor? mask = null) => x;", "")]
    [InlineData("public override Tensor forward(Tensor x) => x; public static Tensor forward(object x) => zeros(1);", "")]
    [InlineData("public override Tensor forward(Tensor x) => x; public Tensor forward(params IDisposable[] x) => zeros(1);", "")]
    [InlineData("protected abstract Tensor ForwardCore(Tensor x);", "protected override Tensor ForwardCore(Tensor x) => x; Tensor ForwardCore(object x) => zeros(1);")]
    [InlineData("protected abstract Tensor ForwardCore(Tensor x);", "protected override Tensor ForwardCore(Tensor x) => x; Tensor ForwardCore<T>(T x) => zeros(1);")]
    public Task An_overload_that_the_generated_call_would_reach_is_reported(string inherited, string own)
        => Rule.Verify($$"""
            abstract class B() : Module<Tensor, Tensor>("b") { {{inherited}} }
            [MixedPrecision(Dtype.BFloat16)] partial class {{(own.Length == 0 ? "{|PRC0004:A|}" : "{|CS0534:{|PRC0004:A|}|}")}} : B { {{own}} }
            """);

    [Theory]
    [InlineData("public override Tensor forward(Tensor x) => x; public Tensor forward(Tensor x, Tensor mask) => x; public Tensor forward(string x) => zeros(1); public Tensor forward(ref Tensor x) => x;", "")]
    [InlineData("public override Tensor forward(Tensor x) => x; private Tensor forward(object x) => x.GetHashCode();", "")]
    [InlineData("protected abstract Tensor ForwardCore(Tensor x);", "protected override Tensor ForwardCore(Tensor x) => x; Tensor ForwardCore(int[] x) => zeros(1);")]
    [InlineData("", "Tensor ForwardCore(Tensor x) => x; Tensor ForwardCore(object x) => zeros(1); Tensor ForwardCore<T>(T x) => zeros(1);")]
    public Task An_overload_that_takes_other_arguments_is_not_in_the_way(string inherited, string own)
        => Rule.Verify($$"""
            abstract class B() : Module<Tensor, Tensor>("b") { {{inherited}} }
            [MixedPrecision(Dtype.BFloat16)] partial class A : B { {{own}} }
            """);

    [Fact]
    public Task The_message_names_the_overload()
        => Rule.Verify(
            """
            class B() : Module<Tensor, Tensor>("b") { public override Tensor forward(Tensor x) => x; public Tensor forward(object x, int n = 1) => zeros(n); }
            [FullPrecision] partial class {|#0:A|} : B;
            """,
            test => test.ExpectedDiagnostics.Add(new DiagnosticResult(AnnotatedClassHasNothingToCall.Rule)
                .WithLocation(0)
                .WithArguments("A", "C# would bind its call of 'B.forward(torch.Tensor)' to 'B.forward(object, int)': rename one of them")));

    [Fact]
    public Task The_message_gives_the_signature()
        => Rule.Verify(
            """[FullPrecision] partial class {|CS0534:{|#0:A|}|}() : Module<Tensor?, (Tensor, int n), int[], Tensor>("a");""",
            test => test.ExpectedDiagnostics.Add(new DiagnosticResult(AnnotatedClassHasNothingToCall.Rule)
                .WithLocation(0)
                .WithArguments("A", "it neither declares 'Tensor ForwardCore(Tensor?, (Tensor, int n), int[])' nor inherits a concrete forward")));
}
