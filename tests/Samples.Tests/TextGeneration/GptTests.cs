using TextGeneration;
using TextGeneration.Model;
using static TorchSharp.torch;

namespace Precision.Samples.Tests.TextGeneration;

public class GptTests
{
    private static readonly GptShape Shape = new(Layers: 2, Width: 32, Heads: 4, Context: 12, Vocabulary: 50);

    [Fact]
    public void Logits_come_back_in_float32_for_every_token()
    {
        using var model = new Gpt(Shape);
        using var logits = model.call(randint(Shape.Vocabulary, [3, 9]));

        Assert.Equal([3, 9, 50], logits.shape);
        Assert.Equal(ScalarType.Float32, logits.dtype);
    }

    [Fact]
    public void A_token_does_not_see_what_comes_after_it()
    {
        using var model = new Gpt(Shape);
        var ids = randint(Shape.Vocabulary, [1, 12]);
        var changed = ids.clone();
        changed[0, 7] = (ids[0, 7] + 1) % Shape.Vocabulary;
        var (before, after) = (model.call(ids), model.call(changed));

        Assert.True(before[0, ..7].Equals(after[0, ..7]));
        Assert.False(before[0, 7].Equals(after[0, 7]));
    }

    [Fact]
    public void The_order_of_earlier_tokens_matters()
    {
        using var model = new Gpt(Shape);
        var (one, other) = (tensor([1L, 2, 3], [1, 3]), tensor([2L, 1, 3], [1, 3]));

        Assert.False(model.call(one)[0, -1].Equals(model.call(other)[0, -1]));
    }

    [Fact]
    public void An_untrained_model_gives_every_token_about_the_same_probability()
    {
        using var model = new Gpt(Shape);
        var ids = randint(Shape.Vocabulary, [16, 12]);
        var loss = nn.functional.cross_entropy(model.call(ids).flatten(0, 1), ids.roll(1, 0).flatten());

        Assert.Equal(Math.Log(Shape.Vocabulary), loss.item<float>(), 0.05);
    }

    [Fact]
    public void Heads_that_do_not_divide_the_width_are_refused()
        => Assert.Contains("5 heads", Assert.Throws<UserErrorException>(() => new Gpt(Shape with { Heads = 5 })).Cause);
}
