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
    [InlineData("PRC1013", "var q = full(1, 64, 60.0).half(); return q.matmul(q.mT) / Math.Sqrt(64);", 28800)]
    [InlineData("PRC1013", "var q = full(1, 64, 60.0).half(); var s = einsum(\"id,jd->ij\", q, q); s *= 0.125; return s;", 28800)]
    [InlineData("PRC1013", "var q = full(1, 1, 64, 60.0).half(); var s = q.bmm(q.mT); s = s.view(-1) / 8; return s;", 28800)]
    [InlineData("PRC1013", "using var region = Autocast.Enter(CPU, Dtype.Float16); var q = full(1, 64, 60.0); return matmul(q, q.mT).mul(0.125);", 28800)]
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

    private static double Run(RuleCompilation compilation)
    {
        using var result = (Tensor)compilation.Load().GetType("C")!.GetMethod("Run")!.Invoke(null, null)!;
        return result.to(float64).flatten()[0].item<double>();
    }

    private static bool IsRight(double value, double expected) => Math.Abs(value - expected) <= Rounding * Math.Abs(expected);
}
