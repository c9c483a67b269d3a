using Precision.Distributed;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Distributed;

public sealed class BucketPlanTests
{
    private const int Mega = 1 << 20;

    [Theory]
    [InlineData("a:1 b:1 c:1", 100, "cba")]                  // from the last to the first
    [InlineData("a:2 b:2 c:2", 16, "cb a")]                  // float32: 8 MB each
    [InlineData("a:2 b:2 c:2", 8, "c b a")]
    [InlineData("a:9 b:2 c:2", 16, "cb a")]                  // a larger one is alone
    [InlineData("a:9 b:0 c:2", 16, "cb a")]
    [InlineData("a:2 b:9 c:0", 16, "cb a")]                  // what is small goes along with it
    [InlineData("a:2 N:0 b:2 n:0 c:2", 8, "c b nN a")]       // other dtypes come when their last is complete: before the layer in front of it
    [InlineData("n:0 a:2 b:2", 8, "b a n")]
    public void Weights_are_divided_in_the_order_of_the_backward(string weights, int megabytes, string expected)
    {
        using var scope = NewDisposeScope();
        var all = weights.Split(' ').Select(static text => text.Split(':'))
            .Select(static part => Weight(part[0], int.Parse(part[1], System.Globalization.CultureInfo.InvariantCulture))).ToList();
        var buckets = BucketPlan.Divide(
            all, static weight => weight.Name is "n" or "N" ? ScalarType.BFloat16 : ScalarType.Float32, (long)megabytes * Mega);
        Assert.Equal(expected, string.Join(' ', buckets.Select(static bucket => string.Concat(bucket.Select(static weight => weight.Name)))));
    }

    /// <summary>A weight of millions of elements, or of a few, without memory of its own.</summary>
    private static MasterWeight Weight(string name, int millions)
    {
        using var noGrad = no_grad();
        var parameter = new Parameter(zeros(1).expand(millions == 0 ? 8 : millions * Mega));
        return new MasterWeight(name, parameter, parameter);
    }
}
