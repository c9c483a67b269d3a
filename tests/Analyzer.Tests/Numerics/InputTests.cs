using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>Inputs of true 16-bit classes: of the compute dtype, but for indices and flags.</summary>
public class InputTests
{
    [Theory]
    [InlineData("var y = x.{|PRC1001:softmax|}(-1);")]
    [InlineData("var z = x * 2; var y = z.{|PRC1001:softmax|}(-1);")]
    [InlineData("var y = layer.call(x) + x.{|PRC1001:softmax|}(-1);")]
    [InlineData("var y = x.view(2, -1).{|PRC1001:softmax|}(-1);")]
    [InlineData("var y = (x + 1).{|PRC1001:softmax|}(-1);")]
    [InlineData("var y = x.masked_fill(x > 0, 0).{|PRC1001:softmax|}(-1);")]
    [InlineData("var y = x.masked_fill(m, 0.5) + layer.call(x).{|PRC1001:softmax|}(-1);")]
    [InlineData("var z = own.call(x); var y = x.{|PRC1001:softmax|}(-1);")]
    [InlineData("var z = Scale(x, 2); var y = x.{|PRC1001:softmax|}(-1);")]
    [InlineData("var z = x.to(ScalarType.Float32) + x; var y = (x - 0.5).{|PRC1001:softmax|}(-1);")]
    [InlineData("var y = (m * m).{|PRC1002:sum|}();")]
    [InlineData("if (m is null) return x; var y = m.matmul(x); y = (m + m).{|PRC1001:softmax|}(-1);")]
    public Task An_input_that_is_computed_with_has_the_compute_dtype(string body) => Rule.Verify(Model(body));

    [Theory]
    [InlineData("var y = embedding.call(m); y = (m * m).sum();")]
    [InlineData("var y = nn.functional.one_hot(m, 4); y = (m * m).sum();")]
    [InlineData("var y = x.gather(1, m) + (m * m).sum();")]
    [InlineData("var y = x.index_select(0, m.view(-1)) + (m * m).sum();")]
    [InlineData("var y = x.masked_fill(m, 0) + (m * m).sum();")]
    [InlineData("var y = torch.where(m, x, x) + (m * m).sum();")]
    [InlineData("var y = x[TensorIndex.Tensor(m)] + (m * m).sum();")]
    [InlineData("var y = (m * m).sum().masked_fill(m == 0, 0.5);")]
    [InlineData("var y = (m * m).sum().masked_fill(~m, 0.5);")]
    [InlineData("var ids = m.to(ScalarType.Int64); var y = (m * m).sum();")]
    [InlineData("var ids = m.@long(); var y = (m * m).sum();")]
    [InlineData("var ids = m.unsqueeze(0); ids = ids.view(-1); var y = embedding.call(ids) + (m * m).sum();")]
    [InlineData("var y = tokens.call(m) + (m * m).sum();")]
    [InlineData("var y = Look(m) + (m * m).sum();")]
    [InlineData("var y = any.call(m) + (m * m).sum();")]
    [InlineData("var y = other.call(m) + (m * m).sum();")]
    [InlineData("var y = nn.functional.{|PRC1005:cross_entropy|}(x, m) + (m * m).sum();")]
    [InlineData("var y = nn.functional.scaled_dot_product_attention(x, x, x, m) + (m * m).sum();")]
    [InlineData("var first = m[0].item<long>(); var y = (m * m).sum();")]
    [InlineData("var y = embedding.call(m + 1) + (m * m).sum();")]
    [InlineData("var y = x * m.shape[0]; y = m.sum(ScalarType.Float32);")]
    public Task An_input_that_is_an_index_or_a_flag_is_not_known(string body) => Rule.Verify(Model(body));

    [Theory]
    [InlineData("c.call(ones(2, 4), randint(0, 4, 2));", false)]
    [InlineData("var ids = tensor(new long[] { 1, 2 }); c.forward(ones(2, 4), ids);", false)]
    [InlineData("var flags = ones(2, 4) > 0; c.call(ones(2, 4), flags);", false)]
    [InlineData("using var module = new C(ReLU()); foreach (var i in new[] { 1 }) { module.call(ones(2), arange(4).to(ScalarType.Int64)); }", false)]
    [InlineData("c.call(ones(2, 4), rand(2));", true)]
    [InlineData("c.call(ones(2, 4), randint(0, 4, 2).@float());", true)]
    [InlineData("c.call(randint(0, 4, 2), ones(2, 4));", true)]
    [InlineData("new Own().call(randint(0, 4, 2)); void Ones(Tensor t) => c.call(t, t);", true)]
    public Task What_calls_hand_over_tells_too(string call, bool isReported) => Rule.Verify(
        Model($"var y = (m * m).{(isReported ? "{|PRC1002:sum|}" : "sum")}();") + $$"""static class Program { static void Run(C c) { {{call}} } }""");

    private static string Model(string body) => $$"""
        sealed class Own : Module<Tensor, Tensor> { private readonly Linear layer = Linear(4, 4); public Own() : base("o") => RegisterComponents(); public override Tensor forward(Tensor x) => layer.call(x); }
        sealed class Tokens : Module<Tensor, Tensor>
        {
            private readonly Embedding embedding = Embedding(4, 4);
            public Tokens() : base("t") => RegisterComponents();
            public override Tensor forward(Tensor ids) { var flat = ids.reshape(-1); return embedding.call(flat); }
        }
        [MixedPrecision(Dtype.Float16, Parameters = Dtype.Float16, Autocast = false)]
        sealed partial class C : Module<Tensor, Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            private readonly Embedding embedding = Embedding(4, 4);
            private readonly Own own = new();
            private readonly Tokens tokens = new();
            private readonly Module<Tensor, Tensor> any, other = new Tokens();
            public C(Module<Tensor, Tensor> any) : base("c") { this.any = any; RegisterComponents(); }
            private Tensor ForwardCore(Tensor x, Tensor m) { {{body}} return y; }
            private static Tensor Scale(Tensor t, double by) => t * by;
            private Tensor Look(Tensor ids) => embedding.call(ids);
        }
        """;
}
