using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1014.</summary>
public class StatisticsTests
{
    [Theory]
    [InlineData("BatchNorm2d(4).{|PRC1014:half|}();")]
    [InlineData("var norm = BatchNorm1d(4); norm.{|PRC1014:bfloat16|}();")]
    [InlineData("var net = Sequential(Conv2d(3, 4, 3), BatchNorm2d(4), ReLU()); net.{|PRC1014:to|}(ScalarType.Float16);")]
    [InlineData("var net = Sequential((\"conv\", Conv2d(3, 4, 3)), (\"norm\", BatchNorm2d(4))); net.{|PRC1014:half|}();")]
    [InlineData("new Net().{|PRC1014:half|}();")]
    [InlineData("var net = new Net(); net.{|PRC1014:to|}(CPU, ScalarType.BFloat16);")]
    [InlineData("new Outer().{|PRC1014:bfloat16|}();")]
    [InlineData("functional.{|PRC1014:batch_norm|}(x.half(), x.half(), x.half());")]
    public Task Running_statistics_that_become_16_bit_are_reported(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("BatchNorm2d(4).to(ScalarType.Float32); BatchNorm2d(4).to(CPU);")]
    [InlineData("LayerNorm(4).half(); GroupNorm(2, 4).half(); Linear(2, 2).bfloat16();")] // no statistics
    [InlineData("Sequential(Conv2d(3, 4, 3), LayerNorm(4)).half();")]
    [InlineData("new Plain().half();")]
    [InlineData("new Annotated().call(x.half());")]
    [InlineData("x.half(); w.bfloat16();")]
    [InlineData("functional.batch_norm(x.half(), w, w); functional.layer_norm(x, [4L]);")]
    [InlineData("var v = w.var(0); var y = (w - w.mean()) / (v + 1e-5).sqrt(); y.half();")] // the result is cast
    [InlineData("var y = (w * (w * w).mean([-1L], true).rsqrt()).half();")]
    [InlineData("var y = w.mean([0L]).half(); y = w.sum(0).half(); y = w.abs().mean([0L]).half();")]
    [InlineData("var y = w.var(0).to(ScalarType.Float64);")]
    [InlineData("var y = (w.var(0) + w).half();")]
    public Task Others_are_not(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("var y = w.var(0).{|#0:half|}();", "var y = w.var(0).to(ScalarType.Float32);")]
    [InlineData("var y = (w.std(0) + 1e-5).{|#0:to|}(ScalarType.BFloat16);", "var y = (w.std(0) + 1e-5).to(ScalarType.Float32);")]
    [InlineData("var v = w.pow(2).mean([-1L], true); var y = rsqrt(v + 1e-6).{|#0:to|}(ScalarType.BFloat16) * x;", "var v = w.pow(2).mean([-1L], true); var y = rsqrt(v + 1e-6).to(ScalarType.Float32) * x;")]
    [InlineData("var y = (w * w).mean([-1L], true).{|#0:half|}();", "var y = (w * w).mean([-1L], true).to(ScalarType.Float32);")]
    public Task A_variance_that_is_cast_is_information(string before, string after) => Rule.VerifyFix<KeepFloat32CodeFix>(
        InMethod(before),
        InMethod(after),
        static test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1014")));

    private static string InMethod(string body) => $$"""
        class Net : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv = Conv2d(3, 4, 3);
            private readonly BatchNorm2d norm = BatchNorm2d(4);
            public Net() : base("n") => RegisterComponents();
            public override Tensor forward(Tensor x) => norm.call(conv.call(x));
        }
        class Outer : Module<Tensor, Tensor>
        {
            private readonly Sequential body = Sequential(new Net(), ReLU());
            public Outer() : base("o") => RegisterComponents();
            public override Tensor forward(Tensor x) => body.call(x);
        }
        class Plain : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            public Plain() : base("p") => RegisterComponents();
            public override Tensor forward(Tensor x) => layer.call(x);
        }
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class Annotated : Module<Tensor, Tensor>
        {
            private readonly BatchNorm2d norm = BatchNorm2d(4);
            public Annotated() : base("a") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => norm.call(x);
        }
        static class C { static void M(Tensor x) { var w = zeros(2, 2); {{body}} } }
        """;
}
