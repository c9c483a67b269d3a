using TextGeneration.Data;
using TextGeneration.Model;
using static TorchSharp.torch;

namespace TextGeneration.Generation;

/// <summary>Lets a model write on from a prompt, one sampled character after the other.</summary>
/// <param name="temperature">0 always takes the likeliest character; 1 samples what the model believes; above is wilder.</param>
internal sealed class TextGenerator(Gpt model, CharacterVocabulary vocabulary, double temperature, int seed)
{
    private readonly Random random = new(seed);

    /// <returns>The characters after the prompt, as they come.</returns>
    public IEnumerable<string> Continue(string prompt, int length, Device device)
    {
        var text = vocabulary.Encode(prompt).ToList();
        model.eval();
        for (var i = 0; i < length; i++)
        {
            var next = Next(text.TakeLast(model.Shape.Context), device);
            text.Add(next);
            yield return vocabulary.Decode([next]);
        }
    }

    private long Next(IEnumerable<long> context, Device device)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var logits = model.call(tensor(context.ToArray(), device: device).unsqueeze(0))[0, -1];
        return temperature == 0
            ? logits.argmax().item<long>()
            : Sample((logits / temperature).softmax(-1).cpu().data<float>());
    }

    /// <summary>Draws by a random number of this class's own, so that a seed gives one text on every device.</summary>
    private long Sample(IEnumerable<float> probabilities)
    {
        var rest = random.NextDouble();
        long last = 0;
        foreach (var (id, probability) in probabilities.Index())
        {
            if (probability > 0)
            {
                last = id;
                rest -= probability;
                if (rest < 0)
                {
                    break;
                }
            }
        }

        return last;
    }
}
