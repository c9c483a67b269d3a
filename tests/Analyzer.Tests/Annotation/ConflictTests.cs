using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Annotation;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.AnnotatedClassAnalyzer>;
using UseRule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.AnnotatedClassLacksGeneratedCodeAnalyzer>;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>PRC0006, PRC0008 and PRC0009.</summary>
public class ConflictTests
{
    private const string Bases = """
        [MixedPrecision(Dtype.BFloat16)]
        partial class Mixed<T>() : Module<Tensor, Tensor>("mixed") { protected virtual Tensor ForwardCore(Tensor x) => x.alias(); }
        [FullPrecision]
        partial class Full() : Module<Tensor, Tensor>("full") { private Tensor ForwardCore(Tensor x) => x.alias(); }
        class Between : Full;

        """;

    [Theory]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] [{|PRC0006:FullPrecision|}] partial class A : Mixed<int>;")]
    [InlineData("[{|PRC0006:FullPrecision|}] partial class A : Mixed<int>;")]
    [InlineData("[{|PRC0006:MixedPrecision(Dtype.BFloat16)|}] partial class A : Full;")]
    [InlineData("[{|PRC0006:MixedPrecision(Dtype.BFloat16)|}] partial class A : Between;")]
    public Task Mixed_and_full_precision_exclude_each_other(string source) => Rule.Verify(Bases + source);

    [Theory]
    [InlineData("[MixedPrecision(Dtype.Float16)] partial class A : Mixed<int>;")]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] partial class A : Mixed<int> { private new Tensor ForwardCore(Tensor x) => x; }")]
    [InlineData("[FullPrecision] partial class A : Between;")]
    [InlineData("class A : Full;")]
    [InlineData("partial class A : Mixed<int> { [FullPrecision] private readonly Full full = new(); }")]
    public Task The_same_annotation_along_a_chain_is_no_conflict(string source) => Rule.Verify(Bases + source);

    [Fact]
    public Task A_base_that_is_reported_itself_is_reported_once()
        => Rule.Verify("""
            [FullPrecision] class {|CS0534:{|PRC0001:B|}|}() : Module<Tensor, Tensor>("b") { protected virtual Tensor ForwardCore(Tensor x) => x; }
            [FullPrecision] partial class A : B { protected override Tensor ForwardCore(Tensor x) => x; }
            """);

    [Fact]
    public Task An_override_without_annotation_is_led_into_the_region()
        => Rule.VerifyFix<RenameToForwardCoreCodeFix>(
            Bases + """
            class A : Mixed<int> { public override Tensor {|PRC0009:forward|}(Tensor x) => x * 2; }
            sealed class C : A { public sealed override Tensor forward(Tensor x) => base.forward(x) * 2; }
            """,
            Bases + """
            class A : Mixed<int> { protected override Tensor ForwardCore(Tensor x) => x * 2; }
            sealed class C : A { public sealed override Tensor forward(Tensor x) => base.forward(x) * 2; }
            """);

    [Fact]
    public Task An_override_that_ForwardCore_cannot_replace_has_no_fix()
    {
        const string source = Bases + "class A : Between { public override Tensor {|PRC0009:forward|}(Tensor x) => x * 2; }";
        return Rule.VerifyFix<RenameToForwardCoreCodeFix>(source, source);
    }

    [Theory]
    [InlineData("class A : Full { public override Tensor forward(Tensor x) { x = x * 2; return base.forward(x); } }")]
    [InlineData("class A() : Module<Tensor, Tensor>(\"a\") { public override Tensor forward(Tensor x) => x; }")]
    [InlineData("abstract class A : Full { public abstract override Tensor forward(Tensor x); }")]
    [InlineData("class A : Full { public new Tensor forward(Tensor x) => x; }")] // the generated one is still there
    public Task Other_overrides_are_not_reported(string source) => Rule.Verify(Bases + source);

    private const string Library = """
        using Precision;
        using TorchSharp;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Library;

        public class Plain() : Module<Tensor, Tensor>("plain") { public override Tensor forward(Tensor x) => x; }

        [MixedPrecision(Dtype.BFloat16)]
        public class Annotated<T> : Plain;
        """;

    private const string Uses = """
        using Library;

        class A
        {
            object direct = {|#0:new Annotated<int>()|};
            Func<Annotated<string>> targetTyped = () => {|#1:new()|};
            object plain = new Plain();
        }

        class Derived : {|#2:Annotated<int>|}, IDisposable;
        class DerivedAgain : Derived;
        class Other : Plain { object derived = new Derived(); }
        """;

    [Fact]
    public Task A_library_built_without_the_generator_is_reported_where_it_is_used()
        => UseRule.Verify(Uses, test =>
        {
            test.TestState.AdditionalReferences.Add(Libraries.Compile(Library, generate: false));
            for (var location = 0; location < 3; location++)
            {
                test.ExpectedDiagnostics.Add(new Microsoft.CodeAnalysis.Testing.DiagnosticResult(Generator.Rules.Annotation.AnnotatedClassLacksGeneratedCode.Rule)
                    .WithLocation(location).WithArguments("Annotated", "Library"));
            }
        });

    [Fact]
    public Task A_library_built_with_it_is_not()
        => UseRule.Verify(
            System.Text.RegularExpressions.Regex.Replace(Uses, @"\{\|#\d:|\|\}", ""),
            test => test.TestState.AdditionalReferences.Add(Libraries.Compile(Library.Replace("public class Annotated", "public partial class Annotated"), generate: true)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_annotated_class_cannot_derive_from_one(bool generate)
    {
        var attribute = generate ? "MixedPrecision(Dtype.BFloat16)" : "{|PRC0006:MixedPrecision(Dtype.BFloat16)|}";
        var source = $"[{attribute}] partial class A : Library.Annotated<int>;";
        var library = Libraries.Compile(Library.Replace("public class Annotated", "public partial class Annotated"), generate);
        await Rule.Verify(source, test => test.TestState.AdditionalReferences.Add(library));
        await UseRule.Verify(source.Replace("{|PRC0006:", "").Replace("|}", ""), test => test.TestState.AdditionalReferences.Add(library));
    }
}
