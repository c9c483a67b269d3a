using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1010.</summary>
public class PositionTests() : OperationRuleTests("PRC1010", "arange(4096).[|to|](ScalarType.Float16)")
{
    [Theory]
    [InlineData("h = {|PRC1010:arange|}(0, 4096, dtype: ScalarType.Float16);", "h = arange(0, 4096, dtype: ScalarType.Float32);")]
    [InlineData("h = {|PRC1010:arange|}(300, dtype: ScalarType.BFloat16);", "h = arange(300, dtype: ScalarType.Float32);")]
    [InlineData("h = {|PRC1010:arange|}(4096, dtype: h.dtype) + x;", "h = arange(4096, dtype: ScalarType.Float32) + x;")]
    [InlineData("h = {|PRC1010:linspace|}(0, 1, 1000, dtype: ScalarType.BFloat16);", "h = linspace(0, 1, 1000, dtype: ScalarType.Float32);")]
    [InlineData("h = arange(4096).{|PRC1010:half|}();", "h = arange(4096).to(ScalarType.Float32);")]
    [InlineData("h = arange(0, 4096).{|PRC1010:bfloat16|}().sin();", "h = arange(0, 4096).to(ScalarType.Float32).sin();")]
    [InlineData("h = arange(4096).unsqueeze(0).{|PRC1010:type_as|}(h);", "h = arange(4096).unsqueeze(0).to(ScalarType.Float32);")]
    [InlineData("const int Length = 4096; var n = Length + 1; var p = arange(n); h = p.{|PRC1010:to|}(h.dtype);", "const int Length = 4096; var n = Length + 1; var p = arange(n); h = p.to(ScalarType.Float32);")]
    [InlineData("var y = arange(3000, dtype: ScalarType.Float32) + 0.5; h = y.{|PRC1010:half|}();", "var y = arange(3000, dtype: ScalarType.Float32) + 0.5; h = y.to(ScalarType.Float32);")]
    [InlineData("h = (arange(4096) / 4096).{|PRC1010:half|}();", "h = (arange(4096) / 4096).to(ScalarType.Float32);")] // as many steps
    [InlineData("h = (arange(0, 1, 0.001) * 2).{|PRC1010:bfloat16|}();", "h = (arange(0, 1, 0.001) * 2).to(ScalarType.Float32);")]
    [InlineData("h = (arange(4000).unsqueeze(1) - arange(4000)).{|PRC1010:half|}();", "h = (arange(4000).unsqueeze(1) - arange(4000)).to(ScalarType.Float32);")]
    [InlineData("h = {|PRC1010:arange(4096) * h|};", "h = arange(4096) * h.to(ScalarType.Float32);")]
    [InlineData("h = h.{|PRC1010:mul|}(arange(4096));", "h = h.to(ScalarType.Float32).mul(arange(4096));")]
    [InlineData("var p = arange(4096); h = {|PRC1010:h + p.unsqueeze(1)|};", "var p = arange(4096); h = h.to(ScalarType.Float32) + p.unsqueeze(1);")]
    [InlineData("var g = meshgrid([arange(4000), arange(8)], indexing: \"ij\"); h = stack(g.ToArray(), -1).{|PRC1010:half|}();", "var g = meshgrid([arange(4000), arange(8)], indexing: \"ij\"); h = stack(g.ToArray(), -1).to(ScalarType.Float32);")]
    public Task More_steps_than_the_dtype_has_are_a_warning(string before, string after)
        => Rule.VerifyFix<KeepFloat32CodeFix>(InMethod("var h = x.half();", before), InMethod("var h = x.half();", after));

    [Theory]
    [InlineData("h = {|#0:arange|}(x.shape[0], dtype: ScalarType.BFloat16);")]
    [InlineData("h = arange(x.shape[0]).{|#0:to|}(h.dtype);")]
    [InlineData("h = Places(x.shape[0]).{|#0:type_as|}(h); static Tensor Places(long n) { var p = arange(n) + 0.5; return p; }")]
    [InlineData("h = w.argmax(0).{|#0:half|}();")]
    [InlineData("h = {|#0:h * w.argsort(0)|};")]
    [InlineData("h = (w > 0).cumsum(0).{|#0:half|}();")]
    public Task Where_nobody_knows_how_many_there_are_it_is_information(string body)
        => Rule.Verify(InMethod("var h = x.half();", body), static test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1010")));

    [Theory]
    [InlineData("h = arange(256, dtype: ScalarType.BFloat16);")] // 0 to 255
    [InlineData("h = arange(0, 2048, dtype: ScalarType.Float16);")]
    [InlineData("h = arange(0, 512, 2, dtype: ScalarType.BFloat16);")] // even numbers
    [InlineData("h = linspace(0, 1, 100, dtype: ScalarType.BFloat16);")]
    [InlineData("h = arange(0, 1, 0.1, dtype: ScalarType.BFloat16);")]
    [InlineData("h = (arange(4096) % 64).half();")] // bounded
    [InlineData("h = arange(4096).clamp(max: 100).half();")]
    [InlineData("h = (arange(4096) < 7).half(); h = arange(4096).eq(3).to(h.dtype);")] // flags
    [InlineData("h = functional.one_hot(arange(4096)).half();")]
    [InlineData("var p = arange(4096); w = p * w; p = p + 1;")] // float32, integers
    [InlineData("h = h * 4096; h = h + 300;")] // numbers
    [InlineData("h = h[arange(4096)]; h = h.index_select(0, arange(4096));")] // indices
    [InlineData("h = arange(4096, dtype: ScalarType.Float32).sin().half();")] // what is computed from them
    [InlineData("h = (arange(4096).unsqueeze(1) * w).half();")] // no steps any more
    [InlineData("h = x.to(ScalarType.Int64).half(); h = randint(0, 10, 5).half();")] // nobody knows what
    [InlineData("var y = h.to(ScalarType.Int64); y = x.@byte().half().@long(); y = (x > 0).half().@long(); y = h.round().@long();")]
    [InlineData("h = h * x.to(ScalarType.Int64); h = h * w.argmax();")]
    [InlineData("var p = arange(4096); p = x; h = p.half();")]
    public Task Others_are_not_reported(string body) => Rule.Verify(InMethod("var h = x.half();", body));

    [Theory]
    [InlineData("return h + {|PRC1010:arange|}(4096, dtype: h.dtype);", "return (h + arange(4096, dtype: ScalarType.Float32)).to(ScalarType.BFloat16);")]
    [InlineData("return {|PRC1010:arange|}(4096, dtype: h.dtype).matmul(h);", "return {|PRC1010:arange|}(4096, dtype: h.dtype).matmul(h);")] // cast back at once it would gain nothing
    [InlineData("return h * arange(4096).{|PRC1010:bfloat16|}().sin();", "return (h * arange(4096).to(ScalarType.Float32).sin()).to(ScalarType.BFloat16);")]
    public Task Without_autocast_what_is_computed_is_cast_back(string before, string after)
        => Rule.VerifyFix<KeepFloat32CodeFix>(InModel(before), InModel(after));

    [Fact]
    public Task The_message_counts() => Rule.Verify(
        InMethod("", "var y = arange(4096).{|#0:to|}(ScalarType.BFloat16);"),
        static test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1010",
            "'to' gives BFloat16 for 4095 evenly spaced values: only the first 256 stay distinct; "
            + "keep them in float32 or as integers, and cast the result")));

    [Theory]
    [InlineData("Dtype.BFloat16, Parameters = Dtype.BFloat16", "return {|PRC1010:x + anchors|};", "return x + anchors;")]
    [InlineData("Dtype.BFloat16, Autocast = false", "return layer.call({|PRC1010:anchors * layer.call(x)|});", "return layer.call((anchors * layer.call(x)).to(ScalarType.BFloat16));")]
    public Task A_grid_in_a_buffer_that_the_storage_converts_is_marked(string annotation, string before, string after) => Rule.VerifyFix<KeepFloat32CodeFix>(
        Grid(annotation, "private readonly Tensor anchors", before),
        Grid(annotation, "[FullPrecision]\n    private readonly Tensor anchors", after));

    [Theory]
    [InlineData("Dtype.BFloat16", "private readonly Tensor anchors")] // stored in float32
    [InlineData("Dtype.Float16, Parameters = Dtype.Float16", "private readonly Tensor anchors")] // which has as many steps
    [InlineData("Dtype.BFloat16, Parameters = Dtype.BFloat16", "[FullPrecision] private readonly Tensor anchors")]
    public Task Other_grids_are_not_reported(string annotation, string field) => Rule.Verify(Grid(annotation, field, "return x + anchors;"));

    private static string Grid(string annotation, string field, string body) => $$"""
        [MixedPrecision({{annotation}})]
        sealed partial class C : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            {{field}} = arange(1000, dtype: ScalarType.Float32) + 0.5;
            public C() : base("c") { register_buffer("anchors", anchors); RegisterComponents(); }
            private Tensor ForwardCore(Tensor x) { {{body}} }
        }
        """;

    [Theory]
    [InlineData("var y = x.to(ScalarType.Int64).half().{|#0:@long|}();")]
    [InlineData("var i = x.@int(); h = i.bfloat16(); var y = w[h.to(ScalarType.Int64)];")]
    [InlineData("var i = x.@long().half(); var y = w.index_select(0, i.{|#0:to|}(ScalarType.Int64));")]
    public Task Integers_that_went_through_16_bit_are_information(string body)
        => body.Contains("#0", StringComparison.Ordinal)
            ? Rule.Verify(InMethod("var h = x.half();", body), static test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1010")))
            : Rule.Verify(InMethod("var h = x.half();", body)); // a variable that is assigned twice is not followed

    /// <summary>What a constructor was told is the size of something in the model.</summary>
    [Fact]
    public Task A_table_of_a_size_that_nobody_knows_is_not_reported() => Rule.Verify("""
        class C(int bins)
        {
            private readonly Tensor few = arange(bins);
            private static readonly Tensor Many = arange(4096);
            Tensor M(Tensor x) { var h = x.half(); return few.to(h.dtype) + Many.{|PRC1010:to|}(h.dtype); }
        }
        """);

    private static string InModel(string body) => $$"""
        [MixedPrecision(Dtype.BFloat16, Autocast = false)]
        sealed partial class C : Module<Tensor, Tensor>
        {
            private readonly Linear q = Linear(4, 4);
            public C() : base("c") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) { var h = q.call(x); {{body}} }
        }
        """;
}
