using Microsoft.CodeAnalysis.Testing;
using Precision.CodeFixes.Regions;
using Precision.Generator.Rules.Regions;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Regions.RegionAnalyzer>;

namespace Precision.Analyzer.Tests.Regions;

/// <summary>PRC3004.</summary>
public class ConversionTests
{
    private const string Models = """
        [MixedPrecision(Dtype.BFloat16)]
        partial class Annotated<T>() : Module<Tensor, Tensor>("annotated") { protected virtual Tensor ForwardCore(Tensor x) => x * 2; }
        class Derived : Annotated<int>;
        [MixedPrecision(Dtype.BFloat16, Autocast = false)]
        sealed partial class True16() : Module<Tensor, Tensor>("true") { Tensor ForwardCore(Tensor x) => x * 2; }
        [FullPrecision]
        sealed partial class Full() : Module<Tensor, Tensor>("full") { Tensor ForwardCore(Tensor x) => x * 2; }

        """;

    private static string InMethod(string body)
        => Models + $$"""static class C { static void M(Tensor x, Annotated<int> model, Derived derived, True16 true16, Full full, Module<Tensor, Tensor> plain) { {{body}} } }""";

    [Theory]
    [InlineData("var y = model.{|PRC3004:half|}();", "var y = model;")]
    [InlineData("var y = derived /* of it */.{|PRC3004:bfloat16|}().call(x);", "var y = derived /* of it */.call(x);")]
    [InlineData("var y = new True16().{|PRC3004:to|}(ScalarType.BFloat16);", "var y = new True16();")]
    [InlineData("var y = model.{|PRC3004:to|}(torch.float16).{|PRC3004:half|}();", "var y = model;")]
    [InlineData("model.{|PRC3004:half|}(); x = x * 2;", "x = x * 2;")]
    [InlineData("var y = model.call(x.{|PRC3004:half|}());", "var y = model.call(x);")]
    [InlineData("var y = model.forward((x + 1).{|PRC3004:to|}(bfloat16));", "var y = model.forward((x + 1));")]
    [InlineData("var y = model.call(input: x.{|PRC3004:to_type|}(ScalarType.Float16));", "var y = model.call(input: x);")]
    [InlineData("Func<Tensor> y = () => derived.call(x.{|PRC3004:type|}(ScalarType.BFloat16));", "Func<Tensor> y = () => derived.call(x);")]
    public Task A_conversion_is_removed(string before, string after)
        => Rule.VerifyFix<RemoveConversionCodeFix>(InMethod(before), InMethod(after));

    [Fact]
    public Task Comments_around_a_removed_statement_stay()
        => Rule.VerifyFix<RemoveConversionCodeFix>(
            InMethod("""

                // why
                model.{|PRC3004:half|}();
                x = x * 2;
                """),
            InMethod("""

                // why

                x = x * 2;
                """));

    [Theory]
    [InlineData("var y = model.{|PRC3004:to|}(CPU, ScalarType.Float16);")] // does something else too
    [InlineData("var y = model?.{|PRC3004:half|}();")]
    [InlineData("var y = ModuleExtensionMethods.{|PRC3004:half|}(model);")]
    [InlineData("new True16().{|PRC3004:half|}();")] // what would be left is no statement
    [InlineData("Action y = () => model.{|PRC3004:half|}();")]
    public Task A_conversion_that_cannot_simply_go_has_no_fix(string body)
        => Rule.VerifyFix<RemoveConversionCodeFix>(InMethod(body), InMethod(body));

    [Theory]
    [InlineData("var y = model.to(CPU); var z = model.to(ScalarType.Float32); model.@float();")]
    [InlineData("var y = model.call(x.to(ScalarType.Float32)); var z = model.call(x.to(CPU));")]
    [InlineData("var y = plain.half().call(x.half());")]
    [InlineData("var y = full.call(x.half());")] // casts it back
    [InlineData("var y = true16.call(x.bfloat16());")] // casts it anyway
    [InlineData("var y = model.call(x).half(); var z = x.half();")]
    [InlineData("var y = model.call(x.half() * 2);")]
    [InlineData("var dtype = ScalarType.Float16; model.to(dtype);")] // may be anything
    public Task Other_conversions_are_not_reported(string body) => Rule.Verify(InMethod(body));

    [Fact]
    public Task A_part_of_the_model_is_reported_too()
        => Rule.Verify(
            """
            [MixedPrecision(Dtype.BFloat16)]
            sealed partial class A : Module<Tensor, Tensor>
            {
                private readonly Linear layer = Linear(2, 2);
                private readonly Tensor table = zeros(1);
                public A() : base("a") { layer.{|#0:half|}(); this.layer.{|#1:to|}(ScalarType.BFloat16); table = table.half(); RegisterComponents(); }
                private Tensor ForwardCore(Tensor x) => layer.call(x);
            }

            class B
            {
                private readonly Linear layer = Linear(2, 2);
                public B() => layer.half();
            }
            """,
            test =>
            {
                foreach (var (location, method) in new[] { (0, "half"), (1, "to") })
                {
                    test.ExpectedDiagnostics.Add(new DiagnosticResult(AnnotatedModelIsConverted.Rule).WithLocation(location).WithArguments(
                        method,
                        "'layer', a part of the model 'A',",
                        "so that no float32 masters of its parameters can be kept: leave it to the annotation's Parameters"));
                }
            });

    [Fact]
    public Task Methods_of_others_with_these_names_are_not_meant()
        => Rule.Verify(Models + """
            static class Own
            {
                public static Annotated<int> half(this Annotated<int> model, int n) => model;
                static void M(Annotated<int> model) => model.half(2);
            }
            """);
}
