using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1007.</summary>
public class ConstantOutOfRangeTests() : InputRuleTests("PRC1007", "h.[|masked_fill|](m, -1e9)")
{
    [Theory]
    [InlineData("h = h.{|PRC1007:masked_fill|}(m, float.MinValue);", "h = h.masked_fill(m, finfo(h.dtype).min);")]
    [InlineData("h.{|PRC1007:masked_fill_|}(m, -65505);", "h.masked_fill_(m, finfo(h.dtype).min);")]
    [InlineData("h.{|PRC1007:fill_|}(1e5f);", "h.fill_(finfo(h.dtype).max);")]
    [InlineData("h = h.{|PRC1007:clamp|}(max: 100_000, min: 0);", "h = h.clamp(max: finfo(h.dtype).max, min: 0);")]
    [InlineData("h = torch.{|PRC1007:clamp_min|}(h, min: -1e30);", "h = torch.clamp_min(h, min: finfo(h.dtype).min);")]
    [InlineData("h = (h * 2).{|PRC1007:masked_fill|}(m, /* small */ -1e9 /* enough */);", "h = (h * 2).masked_fill(m, /* small */ finfo(ScalarType.Float16).min /* enough */);")]
    [InlineData("h = {|PRC1007:where|}(m, h + h, -1e9);", "h = where(m, h + h, finfo(ScalarType.Float16).min);")]
    [InlineData("h = {|PRC1007:full|}(2, 2, value: -1e9, dtype: ScalarType.Float16);", "h = full(2, 2, value: finfo(ScalarType.Float16).min, dtype: ScalarType.Float16);")]
    [InlineData("h = {|PRC1007:full_like|}(h, -1e9);", "h = full_like(h, finfo(h.dtype).min);")]
    [InlineData("h = {|PRC1007:tensor|}(1e6, dtype: float16);", "h = tensor(finfo(ScalarType.Float16).max, dtype: float16);")]
    [InlineData("h = h.{|PRC1007:masked_fill|}(m, finfo(ScalarType.Float32).min);", "h = h.masked_fill(m, finfo(h.dtype).min);")]
    [InlineData("const double Mask = -1e9; h = h.{|PRC1007:masked_fill|}(m, Mask);", "h = h.masked_fill(m, finfo(h.dtype).min);")]
    [InlineData(
        "const double Mask = -1e9; h = h.{|PRC1007:masked_fill|}(m, Mask).{|PRC1007:masked_fill|}(m, 2 * Mask);",
        "h = h.masked_fill(m, finfo(h.dtype).min).masked_fill(m, finfo(ScalarType.Float16).min);")]
    [InlineData("const double Mask = -1e9; w = w * Mask; h = h.{|PRC1007:masked_fill|}(m, Mask);", "const double Mask = -1e9; w = w * Mask; h = h.masked_fill(m, finfo(h.dtype).min);")]
    [InlineData("const double Large = 1e9, Mask = -Large; h = h.{|PRC1007:masked_fill|}(m, Mask);", "h = h.masked_fill(m, finfo(h.dtype).min);")]
    [InlineData("const double One = 1, Mask = -1e9; h = h.{|PRC1007:masked_fill|}(m, Mask) * One;", "const double One = 1; h = h.masked_fill(m, finfo(h.dtype).min) * One;")]
    [InlineData("h = functional.{|PRC1007:hardtanh|}(h, -1, 1e6);", "h = functional.hardtanh(h, -1, finfo(ScalarType.Float16).max);")]
    [InlineData("h = x.bfloat16().{|PRC1007:masked_fill|}(m, float.MinValue);", "h = x.bfloat16().masked_fill(m, finfo(ScalarType.BFloat16).min);")]
    [InlineData("h = {|PRC1007:h + -1e9|};", "h = h.to(ScalarType.Float32) + -1e9;")]
    [InlineData("h = {|PRC1007:1e9 - h|};", "h = 1e9 - h.to(ScalarType.Float32);")]
    [InlineData("h = h.{|PRC1007:sub|}(200_000);", "h = h.to(ScalarType.Float32).sub(200_000);")]
    [InlineData("h = h.{|PRC1007:masked_fill|}(m, -1e9).{|PRC1007:masked_fill|}(m, 1e9);", "h = h.masked_fill(m, finfo(h.dtype).min).masked_fill(m, finfo(ScalarType.Float16).max);")]
    [InlineData("h = h.{|PRC1007:clamp|}(-1e6, 1e6);", "h = h.clamp(finfo(h.dtype).min, finfo(h.dtype).max);")]
    [InlineData("h = functional.{|PRC1007:hardtanh|}(h, -1e9, 1e9);", "h = functional.hardtanh(h, finfo(ScalarType.Float16).min, finfo(ScalarType.Float16).max);")]
    [InlineData("h = (h * 2).{|PRC1007:clip|}(max: 1e5, min: float.MinValue);", "h = (h * 2).clip(max: finfo(ScalarType.Float16).max, min: finfo(ScalarType.Float16).min);")]
    [InlineData("h.{|PRC1007:masked_fill_|}(m, -finfo(ScalarType.Float32).max);", "h.masked_fill_(m, finfo(h.dtype).min);")]
    [InlineData("{|PRC1007:h[0, 1] = 1073741824f|};", "h[0, 1] = finfo(ScalarType.Float16).max;")]
    [InlineData("{|PRC1007:h[0] = tensor(-1e9f)|};", "h[0] = tensor(finfo(ScalarType.Float16).min);")]
    [InlineData("{|PRC1007:h[TensorIndex.Ellipsis, 0] = (float)1e6|};", "h[TensorIndex.Ellipsis, 0] = (float)finfo(ScalarType.Float16).max;")]
    [InlineData("h = {|PRC1007:nan_to_num|}(h, 0, 1e9, -1e9);", "h = nan_to_num(h, 0, finfo(h.dtype).max, finfo(h.dtype).min);")]
    [InlineData("h = h.{|PRC1007:nan_to_num|}(0, posinf: 1e9);", "h = h.nan_to_num(0, posinf: finfo(h.dtype).max);")]
    [InlineData("h = {|PRC1007:(1 - m.half()) * -1e9f|};", "h = (1 - m.half()) * finfo(ScalarType.Float16).min;")]
    [InlineData("var keep = (x > 0).half().unsqueeze(1); h = {|PRC1007:-1e9 * (1 - keep)|};", "var keep = (x > 0).half().unsqueeze(1); h = finfo(ScalarType.Float16).min * (1 - keep);")]
    [InlineData("h = (x < 0).to(h.dtype).{|PRC1007:mul|}(-1e9);", "h = (x < 0).to(h.dtype).mul(finfo(ScalarType.Float16).min);")]
    [InlineData("h = {|PRC1007:where|}(m, h, tensor(-1e9f));", "h = where(m, h, tensor(finfo(ScalarType.Float16).min));")]
    public Task A_number_outside_is_replaced(string before, string after)
        => Rule.VerifyFix<UseLimitCodeFix>(InMethod("var h = x.half();", before), InMethod("var h = x.half();", after));

    [Theory]
    [InlineData("private const double Mask = -1e9;", "", "Mask", "")]
    [InlineData("/// <summary>Very small.</summary>\n    const float Mask = -1e9f;", "", "D.Mask", "")]
    [InlineData("private static float Mask = -1e9f;", "private static float Mask = -1e9f;", "-1e9", "")] // not in the call
    [InlineData("internal const double Mask = -1e9;", "internal const double Mask = -1e9;", "Mask", "")]
    [InlineData("const double Mask = -1e9;", "const double Mask = -1e9;", "Mask", "static string N() => nameof(Mask);")]
    [InlineData("const double Mask = -1e9;", "const double Mask = -1e9;", "Mask", "/** <see cref=\"Mask\"/> */ static void N() { }")]
    [InlineData("const double Mask = -1e9;", "const double Mask = -1e9;", "Mask", "} static partial class D { static double N() => Mask;")]
    public Task A_private_constant_goes_with_its_last_use(string field, string fieldAfter, string number, string other)
        => Rule.VerifyFix<UseLimitCodeFix>(
            InClass(field, $"{{|PRC1007:masked_fill|}}(m, {number})", other),
            InClass(fieldAfter, "masked_fill(m, finfo(h.dtype).min)", other));

    [Fact]
    public Task A_private_constant_that_another_file_uses_stays() => Rule.VerifyFix<UseLimitCodeFix>(
        InClass("const double Mask = -1e9;", "{|PRC1007:masked_fill|}(m, Mask)", ""),
        InClass("const double Mask = -1e9;", "masked_fill(m, finfo(h.dtype).min)", ""),
        static test =>
        {
            const string Other = "static partial class D { static double N() => Mask; }";
            test.TestState.Sources.Add(Other);
            test.FixedState.Sources.Add(Other);
        });

    private static string InClass(string field, string call, string other) => $$"""
        static partial class D
        {
        {{(field.Length == 0 ? "" : "    " + field + "\n")}}    static Tensor M(Tensor x, Tensor m) { var h = x.half(); return h.{{call}}; }
            {{other}}
        }
        """;

    [Theory]
    [InlineData("h.masked_fill(m, -65504);")] // the last inside
    [InlineData("h.masked_fill(m, float.NegativeInfinity); h.masked_fill(m, double.NaN);")]
    [InlineData("h.masked_fill(m, finfo(ScalarType.Float16).min); h.masked_fill(m, finfo(h.dtype).min);")]
    [InlineData("x.bfloat16().masked_fill(m, -1e9);")] // BFloat16 has the range
    [InlineData("zeros(2, 2).masked_fill(m, -1e9); x.masked_fill(m, -1e9);")]
    [InlineData("var value = -1e9; if (m.shape[0] > 2) value = -1e4; h.masked_fill(m, value);")] // one or the other
    [InlineData("var y = h * 1e9; y = h / 1e9; var z = h > 1e9;")] // may be right
    [InlineData("h[0] = -65504f; h[1] = float.NegativeInfinity; h[0] = tensor(1f); w[0] = 1e9f; h[m] = w;")]
    [InlineData("var y = (1 - m.half()) * -1e4; y = (1 - m) * -1e9; y = (1 - h.to(ScalarType.Float32)) * -1e9;")]
    [InlineData("var y = (2 - h) * -1e9; y = h.relu() * 1e9;")]
    [InlineData("var y = nan_to_num(h, 0, 100, -100); y = nan_to_num(w, 0, 1e9, -1e9); y = h.nan_to_num();")]
    [InlineData("var a = new double[2]; a[0] = 1e9; var b2 = new Dictionary<string, Tensor>(); b2[\"a\"] = h;")]
    [InlineData("var y = h + 70_000;")] // a negative number may bring it back
    [InlineData("var y = h.add(w, 1e9);")] // a factor
    [InlineData("full(2, 2, value: -1e9); full(2, 2, value: -1e9, dtype: ScalarType.BFloat16); tensor(1e6);")]
    [InlineData("full_like(h, -1e9, dtype: ScalarType.Float32);")]
    [InlineData("where(m, h, w); h.clamp(w, w);")]
    public Task Other_numbers_are_not_reported(string body) => Rule.Verify(InMethod("var h = x.half();", body));

    /// <summary>The number is no part of the call, and may be meant for other calls too.</summary>
    [Theory]
    [InlineData("var value = -1e9; h.{|PRC1007:masked_fill|}(m, value);")]
    [InlineData("h.{|PRC1007:masked_fill|}(m, Limits.Large);")]
    [InlineData("Tensor Masked(Tensor t, double value = -1e9) => t.{|PRC1007:masked_fill|}(m, value); Masked(h);")]
    [InlineData("Tensor Masked(Tensor t, float value) => t.{|PRC1007:masked_fill|}(m, value); Masked(h, float.MinValue);")]
    public Task A_number_of_a_variable_has_no_fix(string body)
        => Rule.VerifyFix<UseLimitCodeFix>(Limits + InMethod("var h = x.half();", body), Limits + InMethod("var h = x.half();", body));

    private const string Limits = "static class Limits { public static readonly double Large = -1e9; public const double Size = 1e9; public static double Other = -1e9; }\n";

    [Fact]
    public Task A_number_that_may_change_is_not_reported() => Rule.Verify(Limits + InMethod("var h = x.half();", "h.masked_fill(m, Limits.Other);"));

    [Theory]
    [InlineData("full(4, 4, -1e9)", "Dtype.Float16, Parameters = Dtype.Float16")]
    [InlineData("full(4, 4, -1e9f).triu(1)", "Dtype.Float16, Parameters = Dtype.Float16")]
    [InlineData("zeros(4, 4).masked_fill(ones(4, 4).triu(1).to(ScalarType.Bool), -1e9)", "Dtype.Float16, Parameters = Dtype.Float16")]
    [InlineData("full(4, 4, float.MinValue)", "Dtype.BFloat16, Parameters = Dtype.BFloat16")]
    [InlineData("init.constant_(empty(4, 4), -1e9)", "Dtype.Float16, Parameters = Dtype.Float16")]
    public Task A_mask_in_a_buffer_that_the_storage_converts_is_marked(string mask, string annotation) => Rule.VerifyFix<UseLimitCodeFix>(
        WithBuffer(annotation, "private readonly Tensor mask", mask, "{|PRC1007:x + mask|}"),
        WithBuffer(annotation, "[FullPrecision]\n    private readonly Tensor mask", mask, "x + mask"));

    [Theory]
    [InlineData("init.constant_(mask, -1e9);")]
    [InlineData("mask.fill_(-1e9);")]
    [InlineData("using (no_grad()) { this.mask.masked_fill_(mask > 0, -1e9); }")]
    public Task A_constructor_may_fill_it(string statement) => Rule.VerifyFix<UseLimitCodeFix>(
        WithBuffer("Dtype.Float16, Parameters = Dtype.Float16", "private readonly Tensor mask", "ones(4, 4)", "{|PRC1007:x + mask|}", statement),
        WithBuffer("Dtype.Float16, Parameters = Dtype.Float16", "[FullPrecision]\n    private readonly Tensor mask", "ones(4, 4)", "x + mask", statement));

    [Theory]
    [InlineData("Parameter(full(4, 4, -1e9))", "")]
    [InlineData("Parameter(zeros(4, 4))", "init.constant_(mask, -1e9);")]
    public Task A_parameter_is_marked_too(string mask, string statement) => Rule.VerifyFix<UseLimitCodeFix>(
        WithBuffer("Dtype.Float16, Parameters = Dtype.Float16", "private readonly Parameter mask", mask, "{|PRC1007:x + mask|}", statement),
        WithBuffer("Dtype.Float16, Parameters = Dtype.Float16", "[FullPrecision]\n    private readonly Parameter mask", mask, "x + mask", statement));

    [Theory]
    [InlineData("init.constant_(mask, -1e4);")]
    [InlineData("init.constant_(ones(4), -1e9);")]
    [InlineData("mask.fill_(double.NegativeInfinity);")]
    [InlineData("mask.copy_(full(4, 4, 1)); mask.clamp_(-1e9, 1e9);")]
    public Task Other_statements_of_a_constructor_are_not_reported(string statement)
        => Rule.Verify(WithBuffer("Dtype.Float16, Parameters = Dtype.Float16", "private readonly Tensor mask", "ones(4, 4)", "x + mask", statement));

    [Theory]
    [InlineData("full(4, 4, -1e4)", "Dtype.Float16, Parameters = Dtype.Float16")]
    [InlineData("full(4, 4, -1e9)", "Dtype.Float16")] // stored in float32
    [InlineData("full(4, 4, -1e9)", "Dtype.BFloat16, Parameters = Dtype.BFloat16")] // which BFloat16 holds
    [InlineData("full(4, 4, float.NegativeInfinity)", "Dtype.Float16, Parameters = Dtype.Float16")]
    public Task Other_buffers_are_not_reported(string mask, string annotation)
        => Rule.Verify(WithBuffer(annotation, "private readonly Tensor mask", mask, "x + mask"));

    private static string WithBuffer(string annotation, string field, string mask, string sum, string statement = "") => $$"""
        [MixedPrecision({{annotation}})]
        public sealed partial class C : Module<Tensor, Tensor>
        {
            {{field}} = {{mask}};
            public C() : base("c") { {{statement}} {{(field.Contains("Parameter", StringComparison.Ordinal) ? "" : "register_buffer(\"mask\", mask); ")}}RegisterComponents(); }
            private Tensor ForwardCore(Tensor x) => {{sum}};
        }
        """;

    [Theory]
    [InlineData("Tensor Masked(Tensor t, double value = -1e9) => t.masked_fill(m, value); Masked(w); Masked(h, -1e4);")]
    [InlineData("Tensor Masked(Tensor t, double value) => t.masked_fill(m, value); Masked(h, w.ToDouble());")]
    [InlineData("Tensor Masked(Tensor t, double value = double.NegativeInfinity) => t.masked_fill(m, value); Masked(h);")]
    public Task A_number_that_fits_where_it_comes_is_not_reported(string body) => Rule.Verify(InMethod("var h = x.half();", body));

    [Fact]
    public Task Names_are_written_as_the_file_can_read_them() => Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>.VerifyFix<UseLimitCodeFix>(
        "",
        "",
        test =>
        {
            const string source = """
                using F = TorchSharp.torch;
                using DT = TorchSharp.torch.ScalarType;
                static class D { static F.Tensor M(F.Tensor x, F.Tensor m) { var h = x.half(); return {|PRC1007:h.relu() + -1e9|} + (h * 1).{|PRC1007:masked_fill|}(m, -1e9); } }
                """;
            const string after = """
                using F = TorchSharp.torch;
                using DT = TorchSharp.torch.ScalarType;
                static class D { static F.Tensor M(F.Tensor x, F.Tensor m) { var h = x.half(); return h.relu().to(DT.Float32) + -1e9 + (h * 1).masked_fill(m, F.finfo(DT.Float16).min); } }
                """;
            test.TestState.Sources.Add(source);
            test.FixedState.Sources.Add(after);
        });

    [Fact]
    public Task The_message_names_the_dtype_its_origin_and_the_remedy() => Rule.Verify(
        InMethod("var h = x.half();", "var y = h.{|#0:masked_fill|}(m, -1e9);"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1007",
            "'masked_fill' takes -1000000000 as Float16 (cast by 'half' on line 10): Float16 ends at 65504, so libtorch throws; write 'torch.finfo(dtype).min', or compute in float32")));
}
