using Precision.Flow.Tests.Infrastructure;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;

namespace Precision.Flow.Tests;

/// <summary>
/// <c>torch.set_default_dtype</c> changes what factories and C# numbers give. It is a state of the process, so that these programs are
/// analysed only.
/// </summary>
public class DefaultDtypeTests
{
    [Theory]
    [InlineData("ones(2, 2)", "Float32")]
    [InlineData("ones(2, 2) * 2.5f", "Float32")]
    [InlineData("arange(4) * 2.5f", "Float32")]
    [InlineData("arange(4) / 2", "Float32")]
    [InlineData("arange(0.5, 4.5)", "Float32")]
    [InlineData("full(2, 2, 0.5)", "Float32")]
    public void What_is_told_no_dtype_is_known_only_where_nothing_changes_the_default(string expression, string dtype)
    {
        Assert.Equal(dtype, Analyse(expression, "").Known.ToString());
        Assert.Equal(Dtypes.None, Analyse(expression, "set_default_dtype(ScalarType.Float64);").Known);
    }

    [Theory]
    [InlineData("ones(2, 2, dtype: ScalarType.Float16)", "Float16")]
    [InlineData("ones(2, 2).half() * 2.5f", "Float16")]
    [InlineData("arange(4) * 2", "Int64")]
    [InlineData("ones(2, 2).bfloat16() + arange(4)[0]", "BFloat16")]
    public void What_is_told_one_is_known_in_any_case(string expression, string dtype)
        => Assert.Equal(dtype, Analyse(expression, "set_default_dtype(ScalarType.Float64);").Known.ToString());

    private static DtypeFact Analyse(string expression, string elsewhere)
        => Truth.Of(
            [
                ("Default.cs", $"static class Program {{ static void Run() {{ Witness.Tells({expression}); Witness.Hides(ones(1).half()); }} }}"),
                ("Elsewhere.cs", $"static class Other {{ static void Run() {{ {elsewhere} }} }}"),
            ])
            .Analyse("Default.cs").First().Fact;
}
