using Precision.Analyzer.Tests.Infrastructure;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Hazards;

/// <summary>Programs with a hazard on libtorch: what they give as they are written, and after the fixes of the rule that reports it.</summary>
[Collection(LibTorch.Collection)]
public class ExecutedHazardTests
{
    /// <param name="id">The rule.</param>
    /// <param name="expression">What is computed, of <c>Tensor x</c> with the number 1 in float32.</param>
    /// <param name="bad">What it gives.</param>
    /// <param name="good">What it gives after the fix, and would give in float32.</param>
    [Theory]
    [InlineData("PRC1010", "arange(4096, dtype: ScalarType.BFloat16)[301]", 300, 301)]
    [InlineData("PRC1010", "arange(4096).half()[2049]", 2048, 2049)]
    [InlineData("PRC1010", "(arange(4000, 4004) * x.bfloat16())[3]", 4000, 4003)]
    [InlineData("PRC1010", "(linspace(0, 1000, 1001, dtype: ScalarType.BFloat16)[1000] - linspace(0, 1000, 1001, dtype: ScalarType.BFloat16)[999])", 0, 1)]
    [InlineData("PRC1010", "x.expand(2050).index_select(0, arange(2050).half().to(ScalarType.Int64)).numel() * (arange(2050).half().to(ScalarType.Int64)[2049])", 2050 * 2048, 2050 * 2049)]
    public async Task The_fix_of_an_expression_gives_what_float32_gives(string id, string expression, double bad, double good)
    {
        var before = await RuleCompilation.Create($"{TestReferences.Usings}public static class P {{ public static Tensor Run(Tensor x) => {expression}; }}");
        Assert.Contains(before.Diagnostics, diagnostic => diagnostic.Id == id);
        var after = await FixedSource.All(before, id);
        Assert.DoesNotContain(after.Diagnostics, diagnostic => diagnostic.Id == id);
        Assert.Equal(bad, Run(before), 1e-6 * Math.Abs(bad));
        Assert.Equal(good, Run(after), 1e-6 * Math.Abs(good));
        Assert.NotEqual(bad, good);
    }

    private static double Run(RuleCompilation compilation)
    {
        Assert.Empty(compilation.CompilerErrors);
        using var scope = NewDisposeScope();
        var run = compilation.Load().GetType("P")!.GetMethod("Run")!.CreateDelegate<Func<Tensor, Tensor>>();
        return run(ones(1)).to(float64).ToDouble();
    }
}
