using TextGeneration.Data;
using static TorchSharp.torch;

namespace Precision.Samples.Tests.TextGeneration;

public class BatchesTests
{
    private static readonly long[] Text = [.. Enumerable.Range(0, 500).Select(i => (long)i)];

    [Fact]
    public void Targets_are_the_inputs_one_character_later()
    {
        var (inputs, targets) = Batches.Random(Text, batch: 7, context: 16, seed: 3, step: 5, CPU);

        Assert.Equal([7, 16], inputs.shape);
        Assert.Equal(ScalarType.Int64, inputs.dtype);
        Assert.True(targets.Equals(inputs + 1));
    }

    [Fact]
    public void Seed_and_step_decide_the_batch()
    {
        Tensor Inputs(int seed, int step) => Batches.Random(Text, 8, 16, seed, step, CPU).Inputs;

        Assert.True(Inputs(1, 2).Equals(Inputs(1, 2)));
        Assert.False(Inputs(1, 2).Equals(Inputs(1, 3)));
        Assert.False(Inputs(1, 2).Equals(Inputs(2, 2)));
    }

    [Fact]
    public void Every_position_of_the_text_is_drawn()
    {
        var starts = Enumerable.Range(0, 2_000)
            .SelectMany(step => Batches.Random(Text[..12], 4, 8, seed: 1, step, CPU).Inputs.select(1, 0).data<long>().ToArray());

        Assert.Equal([0, 1, 2, 3], starts.Distinct().Order());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(100)]
    public void Even_windows_reach_from_the_first_character_to_the_last(int windows)
    {
        var batches = Batches.Even(Text, windows, batch: 3, context: 10, CPU).ToList();

        Assert.Equal(Math.Min(windows, 49), batches.Sum(batch => batch.Inputs.shape[0]));
        Assert.Equal(0, batches[0].Inputs[0, 0].item<long>());
        Assert.Equal(499, batches[^1].Targets[-1, -1].item<long>());
    }
}
