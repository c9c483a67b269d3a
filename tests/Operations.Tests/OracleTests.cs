using Precision.Operations.Tests.Oracle;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Operations.Tests;

/// <summary>
/// The table against libtorch. A libtorch that treats an operation otherwise fails here, and the failure names the rows to
/// change. On a GPU host run the same with eng/gpu.
/// </summary>
public sealed class OracleTests
{
    [Fact]
    public void Every_row_is_what_the_CPU_does() => AssertNone(TableOracle.Contradictions(DeviceType.CPU));

    [SkippableFact]
    public void Every_row_is_what_CUDA_does()
    {
        SkipWithoutCuda();
        AssertNone(TableOracle.Contradictions(DeviceType.CUDA));
    }

    [Fact]
    public void A_dtype_argument_sets_the_result_on_the_CPU() => AssertNone(TableOracle.IgnoredDtypeArguments(DeviceType.CPU));

    [SkippableFact]
    public void A_dtype_argument_sets_the_result_on_CUDA()
    {
        SkipWithoutCuda();
        AssertNone(TableOracle.IgnoredDtypeArguments(DeviceType.CUDA));
    }

    /// <summary>Members only: a layer meets its own weights, which the layers' tests run.</summary>
    [Fact]
    public void What_takes_one_dtype_only_refuses_two_on_the_CPU()
        => AssertNone(TableOracle.AcceptedMixtures(DeviceType.CPU));

    [Theory]
    [InlineData("ij,jk->ik", false)]
    [InlineData("ij,jk", false)]
    [InlineData(" i j , j k ", false)]
    [InlineData("...i,...i", false)]
    [InlineData("i...,j...", true)]
    [InlineData("ij,kl", true)]
    [InlineData("ij,ij->i", false)]
    [InlineData("ij,ij->ij", true)]
    [InlineData("ij,jk->ijk", true)]
    public void An_einsum_that_sums_products_refuses_two_dtypes(string equation, bool isAccepted)
    {
        var (half, single) = (ones(3, 3, dtype: ScalarType.BFloat16), ones(3, 3));
        var error = Record.Exception(() => einsum(equation, half, single));
        Assert.Equal(isAccepted, error is null);
    }

    /// <summary>Layers whose weights are 16-bit, on a float32 input: what PRC1009 says of true 16-bit.</summary>
    [Theory]
    [MemberData(nameof(LayersOfOneDtype))]
    public void A_layer_with_16_bit_weights_refuses_a_float32_input(string name)
    {
        var (layer, input) = Layers[name]();
        using (layer)
        using (input)
        using (no_grad())
        {
            var error = Record.Exception(() => layer.to(ScalarType.BFloat16).call(input));
            Assert.NotNull(error);
            Assert.DoesNotContain("not implemented", error.Message, StringComparison.Ordinal);
        }
    }

    public static TheoryData<string> LayersOfOneDtype => [.. Layers.Keys];

    private static readonly Dictionary<string, Func<(nn.Module<Tensor, Tensor> Layer, Tensor Input)>> Layers = new()
    {
        ["LayerNorm"] = static () => (nn.LayerNorm(4), ones(2, 4)),
        ["GroupNorm"] = static () => (nn.GroupNorm(2, 4), ones(2, 4, 3)),
        ["Conv1d"] = static () => (nn.Conv1d(4, 4, 1), ones(2, 4, 3)),
        ["Conv2d"] = static () => (nn.Conv2d(4, 4, 1), ones(2, 4, 3, 3)),
        ["Linear"] = static () => (nn.Linear(4, 4), ones(2, 4)),
    };

    /// <summary>Why its row is unlisted, where the other spellings of erfinv are not.</summary>
    [Fact]
    public void TorchSharps_erfinv_is_erf()
    {
        using var x = tensor(new[] { 0.1f, 0.5f, 0.9f });
        Assert.True(erfinv(x).allclose(x.erf()));
        Assert.False(erfinv(x).allclose(x.erfinv()));
    }

    /// <summary>An explanation stays only as long as the fault that it explains.</summary>
    [Theory]
    [MemberData(nameof(UnexecutedOverloads))]
    public void What_is_not_executed_cannot_be(string overload)
    {
        var invocation = OperationTable.All.SelectMany(Invocation.Of).Single(invocation => invocation.ToString() == overload);
        Assert.NotNull(invocation.Run(Probe.Uniform(ScalarType.Float32, DeviceType.CPU)).Error);
    }

    public static TheoryData<string> UnexecutedOverloads() => [.. Unexecuted.Overloads];

    /// <summary>Fails with every line: an empty-collection assertion would cut them.</summary>
    private static void AssertNone(IReadOnlyList<string> faults)
    {
        if (faults.Count > 0)
        {
            Assert.Fail(string.Join("\n", faults));
        }
    }

    private static void SkipWithoutCuda() => Skip.IfNot(cuda.is_available(), "This machine has no CUDA GPU.");
}
