using TextGeneration.Data;
using TextGeneration.Model;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TextGeneration.Training;

/// <summary>The loss on the held-out end of the text, always on the same windows.</summary>
internal static class Validation
{
    private const int Windows = 128;

    /// <returns>Mean cross entropy in nats per character.</returns>
    public static double Loss(Gpt model, TextCorpus corpus, int batch, Device device)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        model.eval();
        var sum = zeros([], device: device);
        long count = 0;
        foreach (var (inputs, targets) in Batches.Even(corpus.Validation, Windows, batch, model.Shape.Context, device))
        {
            using var inner = NewDisposeScope();
            sum.add_(cross_entropy(model.call(inputs).flatten(0, 1), targets.flatten(), reduction: nn.Reduction.Sum));
            count += targets.numel();
        }

        model.train();
        return sum.item<float>() / count;
    }
}
