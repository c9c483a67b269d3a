using TextGeneration.Data;
using TextGeneration.Model;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TextGeneration.Training;

/// <summary>The loss on the held-out end of the text, always on the same windows. Ranks share them out.</summary>
internal static class Validation
{
    private const int Windows = 128;

    /// <returns>Mean cross entropy in nats per character.</returns>
    public static double Loss(Gpt model, TextCorpus corpus, int batch, Device device, Ranks ranks)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        model.eval();
        var sum = zeros([], device: device);
        long count = 0;
        foreach (var (inputs, targets) in Batches.Even(corpus.Validation, Windows, batch, model.Shape.Context, device)
            .Where((_, i) => i % ranks.Count == ranks.Rank))
        {
            using var inner = NewDisposeScope();
            sum.add_(cross_entropy(model.call(inputs).flatten(0, 1), targets.flatten(), reduction: nn.Reduction.Sum));
            count += targets.numel();
        }

        model.train();
        var sums = ranks.Sums(sum.item<float>(), count);
        return (float)sums[0] / (float)sums[1];
    }
}
