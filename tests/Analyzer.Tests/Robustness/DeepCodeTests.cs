using Precision.Analyzer.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Robustness;

/// <summary>
/// Code that nests deeper than the stack of a thread of the compiler lets an analysis follow it by recursion. An overflow would end
/// the process, this test's too.
/// </summary>
public class DeepCodeTests
{
    [Theory]
    [InlineData(400, 1)] // within what the flow follows
    [InlineData(3000, 0)]
    public async Task A_sum_of_many_terms_is_survived(int terms, int reports)
    {
        var compilation = await RuleCompilation.Create(TestReferences.Usings + $$"""
            [MixedPrecision(Dtype.Float16)]
            public sealed partial class Sum() : Module<Tensor, Tensor>("sum")
            {
                private Tensor ForwardCore(Tensor x)
                {
                    var h = x.half();
                    return (h{{string.Concat(Enumerable.Repeat(" + h", terms))}}).exp();
                }
            }
            """);

        Assert.Equal(reports, compilation.Diagnostics.Count(diagnostic => diagnostic.Id is "PRC1003"));
    }

    [Theory]
    [InlineData(300, 1)]
    [InlineData(3000, 0)]
    public async Task Variables_are_followed_past_it(int terms, int reports)
    {
        var compilation = await RuleCompilation.Create(TestReferences.Usings + $$"""
            [MixedPrecision(Dtype.Float16)]
            public sealed partial class Scaled() : Module<Tensor, Tensor>("scaled")
            {
                private Tensor ForwardCore(Tensor x)
                {
                    var h = x.half();
                    var product = h.matmul(h);
                    var sum = h{{string.Concat(Enumerable.Repeat(" + h", terms))}};
                    return product / 8 + sum;
                }
            }
            """);

        Assert.Equal(reports, compilation.Diagnostics.Count(diagnostic => diagnostic.Id is "PRC1013"));
    }
}
