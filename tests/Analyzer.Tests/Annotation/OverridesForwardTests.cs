using Microsoft.CodeAnalysis.Testing;
using Precision.CodeFixes.Annotation;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.AnnotatedClassAnalyzer>;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>PRC0003.</summary>
public class OverridesForwardTests
{
    [Theory]
    // A sealed class's method is its own affair; another's derived classes may go on overriding.
    [InlineData("sealed partial class A", "public override Tensor", "private Tensor")]
    [InlineData("partial class A", "public override Tensor", "protected virtual Tensor")]
    [InlineData("partial class A", "override public Tensor", "virtual protected Tensor")]
    [InlineData("partial class A", "public sealed override Tensor", "private Tensor")]
    [InlineData("sealed unsafe partial class A", "public unsafe override Tensor", "private unsafe Tensor")]
    [InlineData("sealed partial class A", "public /* 1 */ override /* 2 */ Tensor", "private /* 1 */ /* 2 */ Tensor")]
    public Task Forward_becomes_ForwardCore(string type, string before, string after)
        => Rule.VerifyFix<RenameToForwardCoreCodeFix>(
            Source(type, before + " {|PRC0003:forward|}"),
            Source(type, after + " ForwardCore"),
            test => test.SolutionTransforms.Add((solution, project) => solution.WithProjectCompilationOptions(
                project,
                ((Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions)solution.GetProject(project)!.CompilationOptions!).WithAllowUnsafe(true))));

    private static string Source(string type, string method) => $$"""
        [MixedPrecision(Dtype.BFloat16)]
        {{type}}() : Module<Tensor, Tensor>("a")
        {
            /// <summary>Doubles.</summary>
            [Obsolete] // for a reason
            {{method}}(Tensor x) => x * 2; // indeed
        }
        """;

    [Fact]
    public Task An_abstract_forward_becomes_an_abstract_ForwardCore()
        => Rule.VerifyFix<RenameToForwardCoreCodeFix>(
            """
            [MixedPrecision(Dtype.BFloat16)]
            abstract partial class A() : Module<Tensor, Tensor>("a")
            {
                public abstract override Tensor {|PRC0003:forward|}(Tensor x);
            }
            """,
            """
            [MixedPrecision(Dtype.BFloat16)]
            abstract partial class A() : Module<Tensor, Tensor>("a")
            {
                protected abstract Tensor ForwardCore(Tensor x);
            }
            """);

    [Fact]
    public Task Callers_and_calls_of_a_plain_base_stay()
        => Rule.VerifyFix<RenameToForwardCoreCodeFix>(
            """
            class Plain() : Module<Tensor, Tensor>("plain") { public override Tensor forward(Tensor x) => x.alias(); }

            [MixedPrecision(Dtype.BFloat16)]
            sealed partial class A : Plain
            {
                public override Tensor {|PRC0003:forward|}(Tensor x)
                {
                    Func<Tensor, Tensor> half = y => base.forward(y) / 2;
                    return half(x);
                }

                public Tensor Twice(Tensor x) => forward(this.forward(x));
            }
            """,
            """
            class Plain() : Module<Tensor, Tensor>("plain") { public override Tensor forward(Tensor x) => x.alias(); }

            [MixedPrecision(Dtype.BFloat16)]
            sealed partial class A : Plain
            {
                private Tensor ForwardCore(Tensor x)
                {
                    Func<Tensor, Tensor> half = y => base.forward(y) / 2;
                    return half(x);
                }

                public Tensor Twice(Tensor x) => forward(this.forward(x));
            }
            """);

    [Fact]
    public Task Along_a_chain_ForwardCore_is_overridden_and_called()
        => Rule.VerifyFix<RenameToForwardCoreCodeFix>(
            """
            [MixedPrecision(Dtype.BFloat16)]
            partial class A() : Module<Tensor, (Tensor, int)>("a")
            {
                public override (Tensor, int) {|PRC0003:forward|}(Tensor x) => (x.alias(), 1);
            }

            [MixedPrecision(Dtype.BFloat16)]
            partial class B : A
            {
                public sealed override (Tensor, int) forward(Tensor x)
                {
                    var (y, n) = base.forward(x);
                    return (y * 2, n);
                }
            }
            """,
            """
            [MixedPrecision(Dtype.BFloat16)]
            partial class A() : Module<Tensor, (Tensor, int)>("a")
            {
                protected virtual (Tensor, int) ForwardCore(Tensor x) => (x.alias(), 1);
            }

            [MixedPrecision(Dtype.BFloat16)]
            partial class B : A
            {
                protected sealed override (Tensor, int) ForwardCore(Tensor x)
                {
                    var (y, n) = base.ForwardCore(x);
                    return (y * 2, n);
                }
            }
            """,
            test => (test.NumberOfIncrementalIterations, test.NumberOfFixAllIterations) = (2, 2)); // B is judged once A is in order

    [Fact]
    public Task A_ForwardCore_that_cannot_be_overridden_is_hidden()
        => Rule.VerifyFix<RenameToForwardCoreCodeFix>(
            """
            [FullPrecision]
            partial class A() : Module<Tensor, Tensor>("a") { protected Tensor ForwardCore(Tensor x) => x.alias(); }

            [FullPrecision]
            partial class B : A { public override Tensor {|PRC0003:forward|}(Tensor x) => base.forward(x) * 2; }
            """,
            """
            [FullPrecision]
            partial class A() : Module<Tensor, Tensor>("a") { protected Tensor ForwardCore(Tensor x) => x.alias(); }

            [FullPrecision]
            partial class B : A { private new Tensor ForwardCore(Tensor x) => base.forward(x) * 2; }
            """);

    [Fact]
    public Task All_of_a_file_are_repaired_at_once_nested_ones_too()
        => Rule.VerifyFix<RenameToForwardCoreCodeFix>(
            """
            [FullPrecision]
            sealed partial class A() : Module<Tensor, Tensor>("a")
            {
                public override Tensor {|PRC0003:forward|}(Tensor x) => x.alias();

                [MixedPrecision(Dtype.Float16)]
                public sealed partial class B() : Module<Tensor, Tensor>("b")
                {
                    public override Tensor {|PRC0003:forward|}(Tensor x) { return x.alias(); }
                }
            }
            """,
            """
            [FullPrecision]
            sealed partial class A() : Module<Tensor, Tensor>("a")
            {
                private Tensor ForwardCore(Tensor x) => x.alias();

                [MixedPrecision(Dtype.Float16)]
                public sealed partial class B() : Module<Tensor, Tensor>("b")
                {
                    private Tensor ForwardCore(Tensor x) { return x.alias(); }
                }
            }
            """);

    [Theory]
    [InlineData("Tensor ForwardCore(Tensor x) => x.alias();")]
    [InlineData("Tensor ForwardCore => null!;")]
    public Task Where_a_ForwardCore_exists_the_choice_is_the_users(string member)
    {
        var source = $$"""
            [MixedPrecision(Dtype.BFloat16)]
            sealed partial class A() : Module<Tensor, Tensor>("a")
            {
                public override Tensor {|PRC0003:forward|}(Tensor x) => x.alias();
                {{member}}
            }
            """;
        return Rule.VerifyFix<RenameToForwardCoreCodeFix>(source, source);
    }

    [Theory]
    [InlineData("public override Tensor {|PRC0003:forward|}(Tensor x) => x.alias();")]
    [InlineData("public Tensor forward(Tensor x, int n) => x; Tensor ForwardCore(Tensor x) => x.alias();")] // an overload
    [InlineData("public int {|PRC0010:forward|}; Tensor ForwardCore(Tensor x) => x.alias();", "CS0534")]
    public Task Only_an_override_is_reported(string members, string? compilerError = null)
        => Rule.Verify(
            $$"""[FullPrecision] partial class A() : Module<Tensor, Tensor>("a") { {{members}} }""",
            test => test.CompilerDiagnostics = compilerError is null ? test.CompilerDiagnostics : CompilerDiagnostics.None);

    [Fact]
    public Task A_file_that_says_it_is_generated_is_judged_too()
        => Rule.Verify(
            "",
            test => test.TestState.Sources.Add(("Own.g.cs", """
                // <auto-generated/>
                [Precision.FullPrecision]
                partial class A() : TorchSharp.torch.nn.Module<int, int>("a") { public override int {|PRC0003:forward|}(int x) => x; }
                """)));

    [Fact]
    public Task A_pragma_silences_it()
        => Rule.Verify("""
            [FullPrecision]
            #pragma warning disable PRC0003
            partial class A() : Module<int, int>("a") { public override int forward(int x) => x; }
            """);
}
