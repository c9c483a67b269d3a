using Models.Detection;
using Models.Diffusion;
using Models.Language;
using Models.Vision;

namespace Models;

/// <summary>Each model, small, and one forward of it.</summary>
public static class Program
{
    /// <param name="prepare">What is done to a model before its forward.</param>
    /// <param name="everything">Also what libtorch refuses in 16-bit.</param>
    /// <returns>The results.</returns>
    public static List<Tensor> Run(Action<Module> prepare, bool everything)
    {
        var results = new List<Tensor>();
        Vision(prepare, everything, results);
        Language(prepare, everything, results);
        Detection(prepare, everything, results);
        Diffusion(prepare, everything, results);
        return results;
    }

    private static void Vision(Action<Module> prepare, bool everything, List<Tensor> results)
    {
        foreach (var pooling in new[] { "mean", "power", "attention" })
        {
            var config = new VisionConfig { CosineAttention = pooling == "power", Activation = pooling == "mean" ? "gelu" : "squared_relu" };
            using var model = new VisionTransformer(config, pooling, comparesPrompts: pooling == "attention");
            prepare(model);
            foreach (var attention in model.modules().OfType<GlobalAttention>())
            {
                attention.Hidden = everything ? zeros(1, dtype: ScalarType.Bool) : null;
            }

            results.Add(model.call(rand(2, 3, 16, 16)));
        }
    }

    private static void Language(Action<Module> prepare, bool everything, List<Tensor> results)
    {
        foreach (var kind in Enum.GetValues<AttentionKind>().Where(kind => everything || kind != AttentionKind.Upcast))
        {
            using var model = new CausalLanguageModel(new LanguageConfig(Attention: kind, HardMask: everything));
            prepare(model);
            var ids = randint(0, 32, [2, 6]);
            var banned = everything ? zeros(32, dtype: ScalarType.Bool) : null;
            var output = model.call(new ModelInput(ids, Labels: ids, Banned: banned));
            results.AddRange([output.Logits, output.Loss!]);

            var cache = new KeyValueCache(layers: 2);
            var prompt = model.call(new ModelInput(ids, Cache: cache));
            results.Add(model.call(new ModelInput(prompt.Next, Cache: cache)).Logits);
        }
    }

    private static void Detection(Action<Module> prepare, bool everything, List<Tensor> results)
    {
        using var model = new DetectorTraining(width: 8, classes: 3, hidesEmpty: everything);
        prepare(model);
        const int places = 16 * 16 + 8 * 8 + 4 * 4;
        var corners = rand(1, places, 2) * 3;
        results.Add(model.call(rand(1, 3, 64, 64), cat([corners, corners + 1 + rand(1, places, 2)], dim: -1), rand(1, places, 3)));
    }

    private static void Diffusion(Action<Module> prepare, bool everything, List<Tensor> results)
    {
        foreach (var attention in new[] { "full", "linear", "none" })
        {
            var time = everything && attention == "none" ? "fourier" : "sinusoidal";
            using var model = new DiffusionTraining(new UNetConfig { Attention = attention, Time = time, IgnoresPadding = everything });
            prepare(model);
            results.Add(model.call(rand(2, 3, 32, 32), randint(0, 100, [2]), rand(2, 5, 12)));
        }
    }
}
