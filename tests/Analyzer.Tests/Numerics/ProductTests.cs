using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1009.</summary>
public class ProductTests() : InputRuleTests("PRC1009", "h.[|matmul|](w)")
{
    [Theory]
    [InlineData("var y = h.{|PRC1009:matmul|}(w);", "var y = h.to(ScalarType.Float32).matmul(w);")]
    [InlineData("var y = {|PRC1009:matmul|}(w, h);", "var y = matmul(w, h.to(ScalarType.Float32));")]
    [InlineData("var y = torch.{|PRC1009:mm|}(w, target: x.half().relu());", "var y = torch.mm(w, target: x.half().relu().to(ScalarType.Float32));")]
    [InlineData("var y = w.unsqueeze(0).{|PRC1009:bmm|}(h);", "var y = w.unsqueeze(0).bmm(h.to(ScalarType.Float32));")]
    [InlineData("var y = functional.{|PRC1009:linear|}(h, w);", "var y = functional.linear(h.to(ScalarType.Float32), w);")]
    [InlineData("var y = functional.{|PRC1009:conv1d|}(w, h, null);", "var y = functional.conv1d(w, h.to(ScalarType.Float32), null);")]
    [InlineData("var y = w.{|PRC1009:addmm|}(w, h);", "var y = w.addmm(w, h.to(ScalarType.Float32));")]
    [InlineData("var y = functional.{|PRC1009:scaled_dot_product_attention|}(h, w, w);", "var y = functional.scaled_dot_product_attention(h.to(ScalarType.Float32), w, w);")]
    [InlineData("var y = linalg.{|PRC1009:multi_dot|}([w, h, w]);", "var y = linalg.multi_dot([w, h.to(ScalarType.Float32), w]);")]
    [InlineData("var y = h.{|PRC1009:matmul|}(x.bfloat16());", "var y = h.to(ScalarType.Float32).matmul(x.bfloat16().to(ScalarType.Float32));")]
    [InlineData("var y = h.{|PRC1009:matmul|}(exp(w.relu().matmul(w)));", "var y = h.to(ScalarType.Float32).matmul(exp(w.relu().matmul(w)));")]
    [InlineData("var y = {|PRC1009:einsum|}(\"ij,jk->ik\", h, w);", "var y = einsum(\"ij,jk->ik\", h.to(ScalarType.Float32), w);")]
    [InlineData("var y = einsum(\"ij,jk\", h, h); y = {|PRC1009:einsum|}(\"ij,jk\", h, w);", "var y = einsum(\"ij,jk\", h, h); y = einsum(\"ij,jk\", h.to(ScalarType.Float32), w);")]
    [InlineData("var y = {|PRC1009:einsum|}(\" i j , j k \", h, w);", "var y = einsum(\" i j , j k \", h.to(ScalarType.Float32), w);")]
    [InlineData("var y = {|PRC1009:einsum|}(\"i j ..., jk... -> ik...\", h, w);", "var y = einsum(\"i j ..., jk... -> ik...\", h.to(ScalarType.Float32), w);")]
    [InlineData("var y = {|PRC1009:einsum|}(\"i,i\", h, w);", "var y = einsum(\"i,i\", h.to(ScalarType.Float32), w);")]
    [InlineData("var y = torch.{|PRC1009:einsum|}(\"...ij,...jk\", w, h);", "var y = torch.einsum(\"...ij,...jk\", w, h.to(ScalarType.Float32));")]
    [InlineData("var y = zeros(4).{|PRC1009:index_add|}(0, x, h, 1);", "var y = zeros(4).index_add(0, x, h.to(ScalarType.Float32), 1);")]
    [InlineData("var y = torch.{|PRC1009:index_add|}(w, 0, arange(2), h, 1);", "var y = torch.index_add(w, 0, arange(2), h.to(ScalarType.Float32), 1);")]
    [InlineData("var y = zeros(4).{|PRC1009:scatter_add|}(0, x, h);", "var y = zeros(4).scatter_add(0, x, h.to(ScalarType.Float32));")]
    [InlineData("var y = w.{|PRC1009:scatter|}(0, x, h);", "var y = w.scatter(0, x, h.to(ScalarType.Float32));")]
    [InlineData("var y = w.{|PRC1009:masked_scatter|}(m, h);", "var y = w.masked_scatter(m, h.to(ScalarType.Float32));")]
    [InlineData("var y = w.{|PRC1009:lerp|}(h, 0.5);", "var y = w.lerp(h.to(ScalarType.Float32), 0.5);")]
    [InlineData("var y = {|PRC1009:lerp|}(h, w, w);", "var y = lerp(h.to(ScalarType.Float32), w, w);")]
    [InlineData("var y = {|PRC1009:tensordot|}(h, w, [1], [0]);", "var y = tensordot(h.to(ScalarType.Float32), w, [1], [0]);")]
    public Task The_16_bit_side_is_cast(string before, string after)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod("var h = x.half();", before), InMethod("var h = x.half();", after));

    [Theory]
    [InlineData("var y = h.{|PRC1009:matmul|}(zeros(2, 2, dtype: ScalarType.Int64));")] // which way to go is not known
    [InlineData("var y = w.{|PRC1009:mm|}(zeros(2, 2, dtype: float64));")]
    [InlineData("var y = w.{|PRC1009:dot|}(arange(3));")]
    public Task Other_pairs_have_no_fix(string body)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod("var h = x.half();", body), InMethod("var h = x.half();", body));

    [Theory]
    [InlineData("var y = h.matmul(h); y = w.mm(w); y = functional.linear(w, w, w);")]
    [InlineData("var y = h.matmul(x); y = x.mm(w);")] // one is unknown
    [InlineData("var y = h * w; y = h + w; y = outer(h, w); y = kron(h, w);")] // they promote
    [InlineData("var y = functional.linear(h, h, w);")] // libtorch takes such a bias in some shapes
    [InlineData("var y = functional.scaled_dot_product_attention(h, h, h, attn_mask: w);")]
    [InlineData("var y = einsum(\"i,j->ij\", h, w); y = einsum(\" i , j \", h, w); y = einsum(\"...i,...j\", h, w);")] // some equations promote
    [InlineData("var y = einsum(\"bi,bj->bij\", h, w); y = einsum(\"ij,jk->ik\", h, h); var e = x.ToString(); y = einsum(e, h, w);")]
    [InlineData("var y = w.index_add(0, x, w, 1); y = w.index_add(0, arange(2), x, 1); y = h.scatter_add(0, arange(2), h);")]
    [InlineData("var y = h.lerp(h, 0.5); y = w.lerp(x, 0.5); y = w.index_copy(0, x, h); y = w.addcmul(h, h, 1);")] // the last two promote
    [InlineData("var y = Linear(2, 2).call(h);")] // its weights may have been cast
    [InlineData("var y = (b ? h : w).matmul(w);")]
    [InlineData("var y = w.matmul(h.type_as(w));")]
    [InlineData("using var region = Autocast.Enter(CUDA, Dtype.Float16); var y = h.matmul(w);")] // autocast casts both
    public Task Pairs_that_fit_or_may_fit_are_not_reported(string body) => Rule.Verify(InMethod("var h = x.half();", body));

    [Fact]
    public Task In_a_region_float64_is_left_alone_and_does_not_fit() => Rule.Verify(
        """
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x)
            {
                var y = layer.call(x);
                y = y.matmul(zeros(4, 4));
                return y.{|PRC1009:matmul|}(zeros(4, 4, dtype: ScalarType.Float64));
            }
        }
        """);

    [Fact]
    public Task What_a_CPU_does_not_list_is_information() => Rule.Verify(
        """
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x) => layer.call(x).flatten().{|#0:dot|}(zeros(16));
        }
        """,
        test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1009")));

    [Theory]
    [InlineData("w.{|PRC1009:index_add_|}(0, x, h, 1);")]
    [InlineData("w.{|PRC1009:scatter_|}(0, x, h);")]
    [InlineData("w.{|PRC1009:scatter_add_|}(0, x, h);")]
    [InlineData("w.{|PRC1009:lerp_|}(h, x);")]
    [InlineData("w.{|PRC1009:index_copy_|}(0, x, h);")]
    public Task What_writes_into_its_operand_has_no_fix(string body)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod("var h = x.half();", body), InMethod("var h = x.half();", body));

    [Theory]
    [InlineData("CPU", "y = h.{|PRC1009:dot|}(w); y = h.{|PRC1009:mv|}(w); y = {|PRC1009:tensordot|}(h, w, [1], [0]); y = w.{|PRC1009:inner|}(h);")]
    [InlineData("CPU", "y = w.{|PRC1009:scatter_add|}(0, x, h); y = w.{|PRC1009:index_add|}(0, x, h, 1); y = einsum(\"ij,jk->ik\", h, w); y = h.mm(w);")]
    [InlineData("CUDA", "y = h.dot(w); y = h.mv(w); y = tensordot(h, w, [1], [0]); y = w.inner(h); y = w.scatter_add(0, x, h);")]
    [InlineData("CUDA", "y = w.{|PRC1009:lerp|}(h, 0.5); y = w.{|PRC1009:index_add|}(0, x, h, 1); y = w.{|PRC1009:scatter|}(0, x, h);")]
    public Task In_a_region_what_the_device_does_not_cast_is_reported(string device, string body) => Rule.Verify(
        InMethod("var h = x.bfloat16();", $"using var region = Autocast.Enter({device}, Dtype.BFloat16); Tensor y; {body}"));

    private static string InTrue16Bit(string body) => $$"""
        [MixedPrecision(Dtype.BFloat16, Autocast = false)]
        sealed partial class C : Module<Tensor, Tensor>
        {
            private readonly Linear linear = Linear(4, 4);
            private readonly LayerNorm norm = LayerNorm(4);
            private readonly GroupNorm groups = GroupNorm(2, 4);
            private readonly BatchNorm1d batch = BatchNorm1d(4);
            private readonly Conv1d convolution = Conv1d(4, 4, 1);
            [FullPrecision] private readonly Linear marked = Linear(4, 4);
            public C() : base("c") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) { var h = linear.call(x); var w = h.to(ScalarType.Float32); {{body}} }
        }
        """;

    [Theory]
    [InlineData("return norm.{|PRC1009:call|}(w);")]
    [InlineData("return this.norm.{|PRC1009:forward|}(zeros(4, 4));")]
    [InlineData("return groups.{|PRC1009:call|}(w.relu());")]
    [InlineData("return linear.{|PRC1009:call|}(h.softmax(-1, dtype: ScalarType.Float32));")]
    [InlineData("return convolution.{|PRC1009:call|}(w);")]
    [InlineData("return linear.{|PRC1009:call|}(x / 255f - w);")] // x may be an integer; the difference is float32 in any case
    [InlineData("return linear.{|PRC1009:call|}(arange(4));")]
    public Task In_true_16_bit_a_layer_gets_the_dtype_of_its_weights(string body)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InTrue16Bit(body), InTrue16Bit(body));

    [Theory]
    [InlineData("return norm.call(h) + groups.call(h) + linear.call(h) + convolution.call(x);")]
    [InlineData("return batch.call(w);")] // its weights are float32
    [InlineData("return marked.call(w);")]
    [InlineData("return LayerNorm(4).call(w);")] // made here, in float32
    public Task Other_layers_and_inputs_are_not_reported(string body) => Rule.Verify(InTrue16Bit(body));

    [Fact]
    public Task Of_a_layer_the_message_names_the_real_dtypes() => Rule.Verify(
        InTrue16Bit("return linear.{|#0:call|}(x / 255f - w);"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1009",
            "'Linear' gets Float32 and BFloat16 (its weights): libtorch throws; cast them to one dtype")));

    [Fact]
    public Task Of_matmul_the_message_says_that_the_process_ends() => Rule.Verify(
        InMethod("var h = x.half();", "var y = h.{|#0:matmul|}(w);"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1009",
            "'matmul' gets Float16 (cast by 'half' on line 10) and Float32: the process aborts, and no handler can catch the exception; cast them to one dtype")));

    [Fact]
    public Task Of_others_it_says_that_they_throw() => Rule.Verify(
        InMethod("var h = x.half();", "var y = h.{|#0:mm|}(w);"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1009",
            "'mm' gets Float16 (cast by 'half' on line 10) and Float32: libtorch throws; cast them to one dtype")));
}
