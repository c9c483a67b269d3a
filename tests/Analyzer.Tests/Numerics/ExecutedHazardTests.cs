using Precision.Analyzer.Tests.Infrastructure;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>What rules report and fixes repair, on libtorch: the value is wrong before the fix, and right after it.</summary>
[Collection(LibTorch.Collection)]
public class ExecutedHazardTests
{
    /// <summary>How far from the right value a result in 16-bit may be.</summary>
    private const double Rounding = 0.01;

    [Theory]
    [InlineData("PRC1004", "return (1 / full(1, 1e-5).half()).to(float32) * 1e-5;", 1)]
    [InlineData("PRC1004", "return full(1, 1e-5).half().reciprocal() * 1e-5f;", 1)]
    [InlineData("PRC1006", "return functional.binary_cross_entropy(tensor(new[] { 10f }).half().sigmoid(), zeros(1).half());", 10)]
    [InlineData("PRC1006", "var y = zeros(1).bfloat16(); return BCELoss().call(tensor(new[] { 9f }).bfloat16().sigmoid(), y);", 9)]
    [InlineData("PRC1012", "return tensor(new[] { 0f, 20f }).half().softmax(-1).log();", -20)]
    [InlineData("PRC1012", "var x = tensor(new[] { 0f, 120f }); var unused = x.half(); return x.softmax(-1).log();", -120)] // float32 too
    [InlineData("PRC1012", "return tensor(new[] { -20f }).half().sigmoid().log();", -20)]
    [InlineData("PRC1012", "return log(1 - tensor(new[] { 20f }).bfloat16().sigmoid());", -20)]
    [InlineData("PRC1012", "return log(1 - tensor(new[] { 1e-4f }).half()) * 1000;", -0.1)]
    [InlineData("PRC1012", "return log(1 + tensor(new[] { 1e-4f }).bfloat16()) * 1000;", 0.1)]
    [InlineData("PRC1012", "return (exp(tensor(new[] { 1e-4f }).half()) - 1) * 1000;", 0.1)]
    [InlineData("PRC1012", "return tensor(new[] { 12f, 12f }).half().exp().sum().log();", 12.693)]
    [InlineData("PRC1012", "var x = tensor(new[] { 100f, 100f }).bfloat16(); return log(x.exp().sum(0, keepdim: true));", 100.693)]
    [InlineData("PRC1012", "return full(2, 2, 12f).half().exp().sum([0L, 1L]).log();", 13.386)]
    [InlineData("PRC1012", "return Softmax(-1).call(tensor(new[] { 0f, 20f }).half()).log();", -20)]
    [InlineData("PRC1013", "var q = full(1, 64, 60.0).half(); return full(1, 1, 80.0).half().addmm(q, q.mT) / 8;", 28810)]
    [InlineData("PRC1013", "var q = full(1, 1, 64, 60.0).half(); return baddbmm(q, q.mT, full(1, 1, 1, 80.0).half()) / 8;", 28810)]
    [InlineData("PRC1013", "var q = full(1, 64, 60.0).half(); return q.matmul(q.mT) / Math.Sqrt(64);", 28800)]
    [InlineData("PRC1013", "var q = full(1, 64, 60.0).half(); var s = einsum(\"id,jd->ij\", q, q); s *= 0.125; return s;", 28800)]
    [InlineData("PRC1013", "var q = full(1, 1, 64, 60.0).half(); var s = q.bmm(q.mT); s = s.view(-1) / 8; return s;", 28800)]
    [InlineData("PRC1013", "using var region = Autocast.Enter(CPU, Dtype.Float16); var q = full(1, 64, 60.0); return matmul(q, q.mT).mul(0.125);", 28800)]
    [InlineData("PRC1017", "return tensor((tensor(new[] { 0.1f }).half() * 3).allclose(tensor(new[] { 0.3f }).half()) ? 1f : 0f);", 1)]
    [InlineData("PRC1017", "return (tensor(new[] { 0.1f }).half() * 3).isclose(tensor(new[] { 0.3f }).half(), rtol: 1e-4);", 1)]
    public async Task A_fix_makes_the_value_right(string id, string body, double expected)
    {
        using var scope = NewDisposeScope();
        var before = await RuleCompilation.Create($$"""{{TestReferences.Usings}}public static class C { public static Tensor Run() { {{body}} } }""");
        Assert.Empty(before.CompilerErrors);
        Assert.Contains(before.Diagnostics, diagnostic => diagnostic.Id == id);
        Assert.False(IsRight(Run(before), expected), "it is right before the fix");

        var after = await FixedSource.All(before, id);
        Assert.Empty(after.CompilerErrors);
        Assert.DoesNotContain(after.Diagnostics, diagnostic => diagnostic.Id == id);
        Assert.True(IsRight(Run(after), expected), $"{Run(after)} is not {expected}: {after.Source}");
    }

    [Theory]
    [InlineData("tensor(new[] { 1f }).bfloat16() == tensor(new[] { 1.001f }).bfloat16()", true)] // they differ
    [InlineData("tensor(new[] { 0.1f }).half() * 3 == tensor(new[] { 0.3f }).half()", false)] // they do not
    [InlineData("tensor(new[] { 0.1f }).half() == tensor(new[] { 0.1f })", false)]
    [InlineData("tensor(new[] { 2049f }).half() == 2048.5", true)]
    public async Task Equality_of_16_bit_is_wrong_where_it_is_reported(string expression, bool isEqual)
    {
        using var scope = NewDisposeScope();
        var compilation = await RuleCompilation.Create($$"""{{TestReferences.Usings}}public static class C { public static Tensor Run() => {{expression}}; }""");
        Assert.Empty(compilation.CompilerErrors);
        Assert.Equal("PRC1017", Assert.Single(compilation.Diagnostics).Id);
        Assert.Equal(isEqual ? 1 : 0, Run(compilation));
    }

    private static double Run(RuleCompilation compilation)
    {
        using var result = (Tensor)compilation.Load().GetType("C")!.GetMethod("Run")!.Invoke(null, null)!;
        return result.to(float64).flatten()[0].item<double>();
    }

    private static bool IsRight(double value, double expected) => Math.Abs(value - expected) <= Rounding * Math.Abs(expected);
}
