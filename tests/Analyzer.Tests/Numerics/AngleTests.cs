using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1018.</summary>
public class AngleTests
{
    [Theory]
    [InlineData("var y = outer(arange(64).half(), h).{|PRC1018:sin|}();", "var y = outer(arange(64).half().to(ScalarType.Float32), h.to(ScalarType.Float32)).sin();")]
    [InlineData("var y = {|PRC1018:cos|}(2 * Math.PI * h);", "var y = cos(2 * Math.PI * h.to(ScalarType.Float32));")]
    [InlineData("var a = arange(64).half().unsqueeze(1) * h; var y = a.{|PRC1018:sin|}() + a.{|PRC1018:cos|}();", "var a = arange(64).half().unsqueeze(1).to(ScalarType.Float32) * h.to(ScalarType.Float32); var y = a.sin() + a.cos();")]
    [InlineData("var a = h.mul(arange(64).half()); var y = cat([a, a], -1).{|PRC1018:cos|}();", "var a = h.to(ScalarType.Float32).mul(arange(64).half().to(ScalarType.Float32)); var y = cat([a, a], -1).cos();")]
    [InlineData("var y = outer(arange(64).half(), h).{|PRC1018:to|}(ScalarType.Float32).sin();", "var y = outer(arange(64).half().to(ScalarType.Float32), h.to(ScalarType.Float32)).to(ScalarType.Float32).sin();")]
    [InlineData("var a = (arange(64).half() * h).{|PRC1018:@float|}(); var y = a.sin() + a.cos();", "var a = (arange(64).half().to(ScalarType.Float32) * h.to(ScalarType.Float32)).@float(); var y = a.sin() + a.cos();")]
    [InlineData("var y = h.matmul(h.T).{|PRC1018:sin|}();", "var y = h.to(ScalarType.Float32).matmul(h.T.to(ScalarType.Float32)).sin();")]
    public Task Angles_of_16_bit_factors_are_reported(string before, string after)
        => Rule.VerifyFix<KeepFloat32CodeFix>(InMethod(before), InMethod(after));

    [Theory]
    [InlineData("var y = h.sin() + h.cos();")] // what it holds is not known
    [InlineData("var y = layer.call(x).half().sin();")] // an activation
    [InlineData("var y = (layer.call(x).half() * Math.PI).sin();")]
    [InlineData("var y = (30 * h).sin();")]
    [InlineData("var y = arange(64).half().sin();")] // each is exact
    [InlineData("var y = outer(arange(64), w).sin().half();")] // float32 angles
    [InlineData("var y = (arange(64) * h.to(ScalarType.Float32)).cos();")]
    [InlineData("var y = h.matmul(h.T).to(ScalarType.Float32).softmax(-1);")] // no angle
    [InlineData("var y = (arange(64).half() * h).to(ScalarType.Float32).exp();")]
    [InlineData("var y = (arange(64).half() * h).sigmoid();")]
    [InlineData("var y = Math.Sin(3) * h;")]
    [InlineData("var y = (2 * Math.PI * w).sin() * h;")]
    public Task Others_are_not(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("Dtype.BFloat16, Autocast = false")]
    [InlineData("Dtype.BFloat16, Parameters = Dtype.BFloat16")]
    [InlineData("Dtype.Float16, Parameters = Dtype.Float16, Autocast = false")]
    public Task Stored_frequencies_are_marked(string annotation) => Rule.VerifyFix<KeepFloat32CodeFix>(
        Rotary(annotation, "private readonly Tensor inverse", "true", "{|PRC1018:cos|}"),
        Rotary(annotation, "[FullPrecision]\n    private readonly Tensor inverse", "true", "cos"));

    [Theory]
    [InlineData("Dtype.BFloat16", "private readonly Tensor inverse", "true")] // stored in float32
    [InlineData("Dtype.BFloat16, Autocast = false", "private readonly Tensor inverse", "false")] // which nothing converts
    [InlineData("Dtype.BFloat16, Autocast = false", "[FullPrecision] private readonly Tensor inverse", "true")]
    public Task Frequencies_in_float32_are_not_reported(string annotation, string field, string persistent)
        => Rule.Verify(Rotary(annotation, field, persistent, "cos"));

    [Theory]
    [InlineData("return x.matmul(table).{|PRC1018:sin|}();")]
    [InlineData("return einsum(\"bi,ij->bj\", x, table).{|PRC1018:cos|}();")]
    [InlineData("var a = mm(2 * Math.PI * x, table); return cat([a.{|PRC1018:sin|}(), a.{|PRC1018:cos|}()], -1);")]
    public Task In_a_region_a_matrix_product_of_coordinates_is_reported_without_a_fix(string body)
        => Rule.VerifyFix<KeepFloat32CodeFix>(Fourier(body), Fourier(body));

    [Theory]
    [InlineData("return (x.unsqueeze(-1) * table).sin();")] // float32
    [InlineData("using (Autocast.Disable(x.device)) return x.to(ScalarType.Float32).matmul(table).sin();")]
    [InlineData("return layer.call(x).sin();")]
    public Task Other_angles_in_a_region_are_not(string body) => Rule.Verify(Fourier(body));

    [Fact]
    public Task The_message_names_the_member_and_the_mark() => Rule.Verify(
        Rotary("Dtype.BFloat16, Autocast = false", "private readonly Tensor inverse", "true", "{|#0:cos|}"),
        static test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1018",
            "'cos' takes angles computed from 'inverse', which is stored in BFloat16: large angles are rounded by a sizeable part of a turn; mark 'inverse' [FullPrecision]")));

    private static string InMethod(string body) => $$"""
        class C(Module<Tensor, Tensor> layer)
        {
            Tensor Layer(Tensor x) => layer.call(x);
            static void M(Tensor x, Linear layer) { var h = x.half(); var w = zeros(2, 2); {{body}} }
        }
        """;

    private static string Rotary(string annotation, string field, string persistent, string use) => $$"""
        [MixedPrecision({{annotation}})]
        sealed partial class C : Module<Tensor, Tensor>
        {
            {{field}};
            public C() : base("c")
            {
                inverse = pow(10000.0, -arange(0, 32, 2, dtype: ScalarType.Float32) / 32);
                register_buffer("inverse", inverse, persistent: {{persistent}});
                RegisterComponents();
            }

            private Tensor ForwardCore(Tensor x)
            {
                var angles = outer(arange(100, dtype: ScalarType.Float32), inverse);
                return x * cat([angles.{{use}}(), angles.sin()], dim: -1);
            }
        }
        """;

    private static string Fourier(string body) => $$"""
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class C : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            private readonly Tensor table = randn(4, 4);
            public C() : base("c") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) { {{body}} }
        }
        """;
}
