namespace FineTuning;

/// <summary>A moving average of a model's weights.</summary>
public sealed class WeightAverage
{
    private readonly Dictionary<string, Tensor> shadow = new();
    private readonly double decay;

    public WeightAverage(Module model, double decay)
    {
        this.decay = decay;
        foreach (var (name, parameter) in model.named_parameters())
        {
            shadow[name] = parameter.detach().clone();
            // repair: shadow[name] = parameter.detach().to(ScalarType.Float32).clone();
        }
    }

    public IEnumerable<Tensor> Values => shadow.Values;

    public void Update(Module model)
    {
        using var guard = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            // Any module may be given, and its parameters become 16-bit only when master weights are made, before or after these copies.
            shadow[name].lerp_(parameter.detach(), 1 - decay); // gap PRC1011 (fp16, bf16)
            // repair: shadow[name].lerp_(parameter.detach().to(ScalarType.Float32), 1 - decay);
        }
    }
}

/// <summary>Warm-up, then a cosine.</summary>
public static class Schedule
{
    public static double At(int step, int warmup, int total)
        => step < warmup ? (step + 1.0) / warmup : 0.5 * (1 + Math.Cos(Math.PI * (step - warmup) / Math.Max(1, total - warmup)));
}

/// <summary>Trains, evaluates and saves.</summary>
public static class Program
{
    /// <returns>The loss of each step, what was logged, and the averaged weights.</returns>
    public static List<Tensor> Run()
    {
        random.manual_seed(1);
        var data = new Sentences(count: 8, length: 6, vocabulary: 32, classes: 3);
        using var model = new Classifier(vocabulary: 32, width: 8, classes: 3);
        var optimizer = optim.AdamW(model.parameters(), lr: 1e-3, weight_decay: 0.01);
        var average = new WeightAverage(model, decay: 0.999);
        var results = new List<Tensor>();
        var step = 0;
        for (var epoch = 0; epoch < 2; epoch++)
        {
            foreach (var batch in data.Batches(size: 4))
            {
                foreach (var group in optimizer.ParamGroups)
                {
                    group.LearningRate = 1e-3 * Schedule.At(step, warmup: 2, total: 4);
                }

                optimizer.zero_grad();
                var result = model.call(batch);
                result.Loss.backward();
                nn.utils.clip_grad_norm_(model.parameters(), 1.0);
                optimizer.step();
                average.Update(model);
                results.Add(result.Loss.detach());
                step++;
            }

            results.Add(Evaluate(model, data));
        }

        Save(model, step);
        results.AddRange(average.Values);
        return results;
    }

    private static Tensor Evaluate(Classifier model, Sentences data)
    {
        using var guard = no_grad();
        model.eval();
        var (total, count) = (zeros(5), 0);
        foreach (var batch in data.Batches(size: 8))
        {
            total += model.call(batch).Logged;
            count++;
        }

        model.train();
        return total / count;
    }

    private static void Save(Classifier model, int step)
    {
        using var file = new System.IO.MemoryStream();
        model.save(file);
        Console.WriteLine($"step {step}: {file.ToArray().Length} bytes");
    }
}
