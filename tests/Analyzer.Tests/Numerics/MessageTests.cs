using Microsoft.CodeAnalysis;
using Precision.Analyzer.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>What messages say: of the value, its dtype, where it got that, the device and the model.</summary>
public class MessageTests
{
    [Theory]
    [InlineData("h.softmax(0)", "'softmax' gives Float16 (cast by 'half' on line 14): probabilities are rounded and small ones lost; pass 'dtype: ScalarType.Float32'")]
    [InlineData("h.sum()", "'sum' gives Float16 (cast by 'half' on line 14): it overflows above 65504; pass 'type: ScalarType.Float32'")]
    [InlineData("b.sum()", "'sum' gives BFloat16 (cast by 'bfloat16' on line 14): it keeps only 2 to 3 digits; pass 'type: ScalarType.Float32'")]
    [InlineData("h.exp()", "'exp' gives Float16 (cast by 'half' on line 14): inputs above 11.09 overflow; cast its input to float32 first")]
    [InlineData("h.square()", "'square' gives Float16 (cast by 'half' on line 14): inputs of 256 or more overflow; cast its input to float32 first")]
    [InlineData("functional.mse_loss(h, h)", "'mse_loss' gives Float16 (cast by 'half' on line 14): it overflows above 65504, and gradients below 6e-8 become 0; cast its input to float32 first")]
    [InlineData("h + 1e6", "'+' takes 1000000 as Float16 (cast by 'half' on line 14): Float16 ends at 65504, so every result is infinite; cast to float32 first, or mask with 'masked_fill' and 'torch.finfo(dtype).min'")]
    [InlineData("h.clamp(min: 1e-9)", "'clamp' takes 1E-09 as Float16 (cast by 'half' on line 14): it is 0, so values still reach 0; cast to float32 first")]
    [InlineData("h.mm(x.@float())", "'mm' gets Float16 (cast by 'half' on line 14) and Float32 (cast by 'float' on line 14): libtorch throws; cast them to one dtype")]
    public async Task Of_code_without_a_model(string expression, string expected) => Assert.Equal([expected], await MessagesOf($$"""
        static class C
        {
            static Tensor M(Tensor x)
            {
                Tensor h = x.half(), b = x.bfloat16(); return {{expression}};
            }
        }
        """));

    [Theory]
    [InlineData("x.softmax(0, ScalarType.Float16)", "'softmax' computes in Float16 because of its argument 'dtype': probabilities are rounded and small ones lost; omit 'dtype' in a region, or pass 'ScalarType.Float32'")]
    [InlineData("full(4, 1e6, ScalarType.Float16)", "'full' takes 1000000 as Float16: Float16 ends at 65504, so libtorch throws; write 'torch.finfo(dtype).max', or compute in float32")]
    public async Task The_reported_call_is_no_origin_of_its_own_dtype(string expression, string expected)
        => Assert.Equal([expected], await MessagesOf($"static class C {{ static Tensor M(Tensor x) => {expression}; }}"));

    [Theory]
    [InlineData("ones_like(h).cumsum(0)", "counts above 2048 are rounded")]
    [InlineData("ones(4, dtype: ScalarType.BFloat16).cumsum(0)", "counts above 256 are rounded")]
    [InlineData("(x > 0).half().sum()", "counts above 2048 are rounded")]
    [InlineData("x.@long().to(ScalarType.Float16).cumsum(0)", "counts above 2048 are rounded")]
    [InlineData("h.cumsum(0)", "it overflows above 65504")]
    [InlineData("(x > 0).half().prod()", "it overflows above 65504")]
    [InlineData("zeros_like(h).sum()", "it overflows above 65504")]
    public async Task The_reason_of_a_sum_fits_what_it_adds(string expression, string reason)
        => Assert.Contains($": {reason};", Assert.Single(await MessagesOf($"static class C {{ static Tensor M(Tensor x) {{ var h = x.half(); return {expression}; }} }}")), StringComparison.Ordinal);

    [Fact]
    public async Task The_norm_of_a_weight_is_rounded_and_does_not_overflow()
    {
        var compilation = await RuleCompilation.Create(TestReferences.Usings + """
            [MixedPrecision(Dtype.Float16, Parameters = Dtype.Float16, Autocast = false)]
            sealed partial class C : Module<Tensor, Tensor>
            {
                private readonly Linear layer = Linear(4, 4);
                public C() : base("c") => RegisterComponents();
                private Tensor ForwardCore(Tensor x) => layer.call(x) * layer.weight!.norm();
            }
            """);
        var diagnostic = Assert.Single(compilation.Diagnostics);
        Assert.Equal(("PRC1002", DiagnosticSeverity.Info), (diagnostic.Id, diagnostic.Severity));
        Assert.Equal("'norm' gives Float16: it keeps only 2 to 3 digits; cast its input to float32 first", diagnostic.GetMessage());
    }

    [Fact]
    public async Task The_model_and_the_device_stand_behind_the_dtype()
    {
        var messages = await MessagesOf("""
            sealed class Block : Module<Tensor, Tensor>
            {
                private readonly Linear layer = Linear(4, 4);
                public Block() : base("block") => RegisterComponents();
                public override Tensor forward(Tensor x)
                {
                    var h = layer.call(x);
                    h = h.masked_fill(h == 0, -1e9) + 1e-9;
                    h = h.mm(h.@double()) + h.softmax(0).sum();
                    return h + layer.call(x).exp() + functional.mse_loss(layer.call(x), layer.call(x));
                }
            }

            [MixedPrecision(Dtype.Float16)]
            sealed partial class Model : Module<Tensor, Tensor>
            {
                private readonly ModuleList<Block> blocks = ModuleList(new Block());
                public Model() : base("model") => RegisterComponents();
                private Tensor ForwardCore(Tensor x) => blocks[0].call(x);
            }
            """);
        Assert.Equal(
            """
            '+' takes 1E-09 as Float16 in Model.blocks (result of 'Linear' on line 16): it is 0, so adding it changes nothing, and a logarithm of 0 or a division by 0 stays infinite; cast to float32 first
            'masked_fill' takes -1000000000 as Float16 in Model.blocks (result of 'Linear' on line 16): Float16 ends at 65504, so libtorch throws; write 'torch.finfo(dtype).min', or compute in float32
            'mm' gets Float16 (result of 'Linear' on line 16) and Float64 (cast by 'double' on line 18) in Model.blocks: libtorch throws; cast them to one dtype
            'softmax' gives Float16 on a CPU in Model.blocks (result of 'Linear' on line 16): probabilities are rounded and small ones lost; pass 'dtype: ScalarType.Float32'
            'sum' gives Float16 on a CPU in Model.blocks (result of 'Linear' on line 16): it overflows above 65504; pass 'type: ScalarType.Float32'
            'exp' gives Float16 on a CPU in Model.blocks (result of 'Linear' on line 19): inputs above 11.09 overflow; cast its input to float32 first
            """.Split('\n'),
            messages);
    }

    [Fact]
    public async Task An_origin_in_another_file_is_named_with_it()
    {
        var compilation = await RuleCompilation.Create(
            TestReferences.Usings + "static class Caller { static Tensor Call(Tensor x) => Helper.Weights(x.half()); }",
            TestReferences.Usings + "static class Helper { internal static Tensor Weights(Tensor scores) => scores.softmax(-1); }");
        Assert.Equal(
            "'softmax' gives Float16 (cast by 'half' on line 10 of Source0.cs): probabilities are rounded and small ones lost; pass 'dtype: ScalarType.Float32'",
            Assert.Single(compilation.Diagnostics).GetMessage());
    }

    private static async Task<string[]> MessagesOf(string source)
    {
        var compilation = await RuleCompilation.Create(TestReferences.Usings + source);
        Assert.Empty(compilation.CompilerErrors);
        return [.. compilation.Diagnostics.OrderBy(static diagnostic => diagnostic.Location.SourceSpan.Start).Select(static diagnostic => diagnostic.GetMessage())];
    }
}
