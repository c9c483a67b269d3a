using System.Text.Json;

namespace Precision.Training.Benchmarks;

/// <summary>What both sides of a row share, read from contract.json as the Python side does.</summary>
internal sealed record Contract(IReadOnlyDictionary<string, ModelSize> Sizes, OptimizerSettings Optimizer)
{
    /// <summary>The names in files: those of the Python side.</summary>
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Reads the file beside the program.</summary>
    public static Contract Load()
        => JsonSerializer.Deserialize<Contract>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "contract.json")), Json)!;
}

/// <summary>The size of the model and of a step.</summary>
internal sealed record ModelSize(int Layers, int Width, int Heads, int Context, int Batch, int Vocabulary)
{
    /// <summary>Tokens of one step.</summary>
    public int Tokens => Batch * Context;
}

/// <summary>AdamW, with weight decay on matrices only and a linear warm-up.</summary>
internal sealed record OptimizerSettings(
    double LearningRate, int WarmupSteps, double Beta1, double Beta2, double Epsilon, double WeightDecay)
{
    /// <summary>The learning rate of a step, from 0.</summary>
    public double RateAt(int step) => LearningRate * Math.Min(1.0, (step + 1.0) / WarmupSteps);
}
