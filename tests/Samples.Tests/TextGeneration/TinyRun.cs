using Precision;
using TextGeneration.Data;
using TextGeneration.Model;
using TextGeneration.Training;

namespace Precision.Samples.Tests.TextGeneration;

/// <summary>A run that takes a second: a text with a rule to learn, and a model small enough.</summary>
internal static class TinyRun
{
    public static TextCorpus Corpus { get; } = TextCorpus.FromText(
        string.Concat(Enumerable.Range(0, 400).Select(i => $"{i % 7} whales swim, {i * i % 5} sail. ")));

    public static RunSettings Settings { get; } = new(
        new GptShape(Layers: 2, Width: 32, Heads: 2, Context: 16, Corpus.Vocabulary.Size),
        new TrainingSettings(
            Steps: 24, Batch: 8, LearningRate: 3e-3, WarmUp: 4, Dropout: 0.1, Seed: 7, new PrecisionPolicy(Dtype.BFloat16)),
        Corpus.Vocabulary.ToString(),
        "no file");

    public static RunSettings With(PrecisionPolicy precision)
        => Settings with { Training = Settings.Training with { Precision = precision } };
}
