using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Training;

/// <summary>Made-up text for tiny models: mostly a rule, a third noise, so that the loss has a floor well above 0.</summary>
internal static class Corpus
{
    /// <summary>Tokens [batch, length + 1] from libtorch's own random generator.</summary>
    public static Tensor Batch(int batch = 8, int length = 12)
    {
        var vocabulary = TinyLanguageModel.Vocabulary;
        using Scalar noise = 0.35, factor = 3, one = 1, size = vocabulary;
        var columns = new List<Tensor> { randint(vocabulary, [batch]) };
        for (var i = 0; i < length; i++)
        {
            columns.Add(where(rand(batch).lt(noise), randint(vocabulary, [batch]), columns[^1].mul(factor).add(one).remainder(size)));
        }

        return stack(columns, 1);
    }

    /// <summary>The cross entropy of predicting each token from those before it.</summary>
    public static Tensor Loss(Module<Tensor, Tensor> model, Tensor tokens)
    {
        var length = tokens.shape[1] - 1;
        var logits = model.call(tokens.narrow(1, 0, length));
        return functional.cross_entropy(logits.flatten(0, 1), tokens.narrow(1, 1, length).flatten());
    }
}
