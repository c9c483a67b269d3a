using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1006.</summary>
public class ProbabilityLossTests() : InputRuleTests("PRC1006", "functional.[|binary_cross_entropy|](h, h)")
{
    [Theory]
    [InlineData("return functional.{|PRC1006:binary_cross_entropy|}(layer.call(x).sigmoid(), y);", "return functional.binary_cross_entropy_with_logits(layer.call(x), y);")]
    [InlineData("return functional.{|PRC1006:binary_cross_entropy|}(torch.sigmoid(x), y, reduction: Reduction.Sum);", "return functional.binary_cross_entropy_with_logits(x, y, reduction: Reduction.Sum);")]
    [InlineData("var p = x.sigmoid(); return functional.{|PRC1006:binary_cross_entropy|}(p, y);", "return functional.binary_cross_entropy_with_logits(x, y);")]
    [InlineData("var p = x.sigmoid(); return functional.{|PRC1006:binary_cross_entropy|}(p, y) * p;", "var p = x.sigmoid(); return functional.binary_cross_entropy_with_logits(x, y) * p;")]
    [InlineData("return BCELoss().{|PRC1006:call|}(sigmoid.call(x - 1), y);", "return BCEWithLogitsLoss().call(x - 1, y);")]
    [InlineData("return BCELoss(reduction: Reduction.Sum).{|PRC1006:forward|}(x.sigmoid(), y);", "return BCEWithLogitsLoss(reduction: Reduction.Sum).forward(x, y);")]
    public Task In_a_region_the_loss_takes_logits(string before, string after)
        => Rule.VerifyFix<UseLogitsCodeFix>(Model("Dtype.BFloat16", before), Model("Dtype.BFloat16", after));

    [Theory]
    [InlineData("private readonly BCELoss own = BCELoss();", "private readonly BCEWithLogitsLoss own = BCEWithLogitsLoss();")]
    [InlineData("private readonly TorchSharp.Modules.BCELoss own = nn.BCELoss(reduction: Reduction.Sum);", "private readonly TorchSharp.Modules.BCEWithLogitsLoss own = nn.BCEWithLogitsLoss(reduction: Reduction.Sum);")]
    [InlineData("private readonly BCELoss own; public C(int n) : base(\"c\") { own = BCELoss(); }", "private readonly BCEWithLogitsLoss own; public C(int n) : base(\"c\") { own = BCEWithLogitsLoss(); }")]
    public Task A_loss_in_a_field_changes_its_class(string before, string after)
        => Rule.VerifyFix<UseLogitsCodeFix>(
            Model("Dtype.BFloat16", "return own.{|PRC1006:call|}(layer.call(x).sigmoid(), y);", before),
            Model("Dtype.BFloat16", "return own.call(layer.call(x), y);", after));

    [Theory]
    [InlineData("private readonly BCELoss own = BCELoss();", "var z = own.{|PRC1006:call|}(x, y); return own.{|PRC1006:call|}(x.sigmoid(), y);")] // the other call takes probabilities
    [InlineData("public readonly BCELoss own = BCELoss();", "return own.{|PRC1006:call|}(x.sigmoid(), y);")]
    [InlineData("private readonly BCELoss own = BCELoss(), other = BCELoss();", "return own.{|PRC1006:call|}(x.sigmoid(), y);")]
    public Task A_field_that_others_see_does_not(string field, string body)
        => Rule.VerifyFix<UseLogitsCodeFix>(Model("Dtype.BFloat16", body, field), Model("Dtype.BFloat16", body, field));

    [Theory]
    [InlineData("var y = functional.{|PRC1006:binary_cross_entropy|}(h.sigmoid(), w);", "var y = functional.binary_cross_entropy_with_logits(h.to(ScalarType.Float32), w);")]
    [InlineData("var y = functional.{|PRC1006:binary_cross_entropy|}((h * 2).sigmoid(), h);", "var y = functional.binary_cross_entropy_with_logits((h * 2).to(ScalarType.Float32), h.to(ScalarType.Float32));")]
    [InlineData("var y = functional.{|PRC1006:binary_cross_entropy|}(x.bfloat16().sigmoid(), w);", "var y = functional.binary_cross_entropy_with_logits(x.bfloat16().to(ScalarType.Float32), w);")]
    public Task Of_16_bit_it_takes_logits_in_float32(string before, string after)
        => Rule.VerifyFix<UseLogitsCodeFix>(InMethod("var h = x.half();", before), InMethod("var h = x.half();", after));

    [Theory]
    [InlineData("return (x.dim() > 1 ? loss : marked).{|PRC1006:call|}(x.sigmoid(), y);")] // one or the other
    [InlineData("return functional.{|PRC1006:binary_cross_entropy|}(x, y);")] // no sigmoid to be seen
    [InlineData("return functional.{|PRC1006:binary_cross_entropy|}(x.sigmoid().clamp(0.1, 0.9), y);")]
    [InlineData("var p = (x + 1).sigmoid(); return functional.{|PRC1006:binary_cross_entropy|}(p, y);")]
    [InlineData("return functional.{|PRC1006:binary_cross_entropy|}(x.softmax(-1, ScalarType.Float32), y);")]
    public Task Elsewhere_there_is_no_fix(string body)
        => Rule.VerifyFix<UseLogitsCodeFix>(Model("Dtype.Float16", body), Model("Dtype.Float16", body));

    [Theory]
    [InlineData("Dtype.Float16", "return functional.binary_cross_entropy_with_logits(layer.call(x), y);")]
    [InlineData("Dtype.Float16", "return BCEWithLogitsLoss().call(layer.call(x), y);")]
    [InlineData("Dtype.Float16", "return marked.call(x.sigmoid(), y);")] // leaves the region
    [InlineData("Dtype.Float16", "using (Autocast.Disable(x.device)) { return functional.binary_cross_entropy(x.to(ScalarType.Float32).sigmoid(), y); }")]
    [InlineData("Dtype.Float16", "return -(y * x.sigmoid());")]
    [InlineData("Dtype.Float16", "return functional.mse_loss(x.sigmoid(), y);")]
    [InlineData("Dtype.Float32", "return functional.binary_cross_entropy(x.sigmoid(), y);")]
    [InlineData("Dtype.BFloat16, Autocast = false", "return functional.binary_cross_entropy(x.to(ScalarType.Float32).sigmoid(), y.to(ScalarType.Float32));")]
    public Task Other_losses_of_models_are_not_reported(string mode, string body) => Rule.Verify(Model(mode, body));

    [Theory]
    [InlineData("var y = functional.binary_cross_entropy(x.sigmoid(), w); y = functional.binary_cross_entropy(w, w);")]
    [InlineData("var y = functional.binary_cross_entropy(h.to(ScalarType.Float32).sigmoid(), w);")]
    [InlineData("var y = BCELoss().call(w.sigmoid(), w);")]
    [InlineData("using var region = Autocast.Enter(CPU, Dtype.BFloat16); var y = functional.binary_cross_entropy(w.sigmoid(), w);")] // a CPU's autocast computes it
    public Task In_float32_it_is_not_reported(string body) => Rule.Verify(InMethod("var h = x.half();", body));

    [Fact]
    public Task In_a_region_the_message_names_CUDA() => Rule.Verify(
        Model("Dtype.BFloat16", "return functional.{|#0:binary_cross_entropy|}(layer.call(x).sigmoid(), y);"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1006",
            "'binary_cross_entropy' takes probabilities: CUDA's autocast throws; use 'binary_cross_entropy_with_logits' on the logits")));

    [Fact]
    public Task Of_16_bit_it_names_what_is_lost() => Rule.Verify(
        InMethod("var h = x.half();", "var y = BCELoss().{|#0:call|}(h.sigmoid(), h);"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1006",
            "'BCELoss' takes probabilities in Float16 (cast by 'half' on line 10): values near 1 round to 1, which gives a wrong loss and a gradient of 0 or NaN; use 'BCEWithLogitsLoss' on the logits")));

    private static string Model(string mode, string body, string members = "") => $$"""
        [MixedPrecision({{mode}})]
        sealed partial class C : Module<Tensor, Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            private readonly Sigmoid sigmoid = Sigmoid();
            private readonly BCELoss loss = BCELoss();
            [FullPrecision] private readonly BCELoss marked = BCELoss();
            {{members}}
            public C() : base("c") => RegisterComponents();
            private Tensor ForwardCore(Tensor x, Tensor y) { {{body}} }
        }
        """;
}
