using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Training;

/// <summary>The loss of a micro-batch whose gradients were dropped is dropped too.</summary>
public sealed class DroppedLossTests
{
    private static readonly Dictionary<string, Action<Lines>> Ways = new()
    {
        ["training.zero_grad()"] = static lines => lines.Training.zero_grad(),
        ["optimizer.zero_grad()"] = static lines => lines.Training.Optimizer.zero_grad(),
        ["model.zero_grad()"] = static lines => lines.Model.zero_grad(),
    };

    public static TheoryData<string, Dtype, bool> Cases
    {
        get
        {
            var data = new TheoryData<string, Dtype, bool>();
            foreach (var way in Ways.Keys)
            {
                foreach (var parameters in new[] { Dtype.Float32, Dtype.BFloat16 })
                {
                    data.Add(way, parameters, true);
                    data.Add(way, parameters, false);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_dropped_micro_batch_does_not_count(string way, Dtype parameters, bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(Dtype.BFloat16, parameters, fused);
        lines.Training.Backward(lines.Loss() + float.PositiveInfinity);
        Assert.Equal(NonFiniteKind.Loss, lines.Training.FindNonFinite()?.Kind);
        Ways[way](lines);
        Assert.Null(lines.Training.FindNonFinite());
        lines.Backward();
        Assert.Null(lines.Training.FindNonFinite());
        Assert.True(lines.Training.Step().Applied);
        Assert.Null(lines.Training.FindNonFinite());
        Assert.Equal(-1, lines.A);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_micro_batch_whose_gradients_were_changed_counts(bool fused)
    {
        using var scope = NewDisposeScope();
        using var lines = new Lines(Dtype.BFloat16, Dtype.Float32, fused);
        lines.Training.Backward(lines.Loss() + float.PositiveInfinity);
        lines.Model.A.weight!.grad!.zero_();
        lines.Backward();
        Assert.Equal(NonFiniteKind.Loss, lines.Training.FindNonFinite()?.Kind);
        lines.Training.Step();
        Assert.Equal(NonFiniteKind.Loss, lines.Training.FindNonFinite()?.Kind);
    }
}
