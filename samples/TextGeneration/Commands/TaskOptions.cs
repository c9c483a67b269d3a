using System.CommandLine;
using Precision;
using TextGeneration.Data;
using TextGeneration.Model;
using TextGeneration.Training;

namespace TextGeneration.Commands;

/// <summary>The options that say what is learned, by which model: those that <c>train</c> and <c>compare</c> share.</summary>
internal sealed class TaskOptions
{
    private static readonly string[] SizeNames = [.. GptSize.All.Select(size => size.Name)];

    private readonly Option<string> size = new Option<string>("--size")
    {
        Description = "Size of the model: " + string.Join("; ", GptSize.All.Select(size =>
            $"{size.Name} = {size.Layers} layers of width {size.Width}, {size.Heads} heads, context {size.Context}, batch {size.Batch}"))
            + ". The options below change parts of it.",
        DefaultValueFactory = _ => "small",
    }.AcceptOnlyFromAmong(SizeNames);

    private readonly Option<int?> layers = new Option<int?>("--layers")
    {
        Description = "Number of transformer blocks.",
        HelpName = "count",
    }.AtLeast(1);

    private readonly Option<int?> width = new Option<int?>("--width")
    {
        Description = "Size of the vector per character; a multiple of the heads.",
        HelpName = "size",
    }.AtLeast(1);

    private readonly Option<int?> heads = new Option<int?>("--heads")
    {
        Description = "Attention heads per block.",
        HelpName = "count",
    }.AtLeast(1);

    private readonly Option<int?> context = new Option<int?>("--context")
    {
        Description = "How many characters the model looks back on.",
        HelpName = "characters",
    }.AtLeast(1);

    private readonly Option<int?> batch = new Option<int?>("--batch")
    {
        Description = "Sequences per step.",
        HelpName = "count",
    }.AtLeast(1);

    private readonly Option<double> learningRate = new Option<double>("--learning-rate")
    {
        Description = "The highest one: it rises over the warm-up, then falls as half a cosine to a tenth.",
        HelpName = "rate",
        DefaultValueFactory = _ => 2e-3,
    }.Between(0, 1);

    private readonly Option<int?> warmUp = new Option<int?>("--warm-up")
    {
        Description = "Steps of the rise. Without it: a tenth of all steps, but 10 to 100.",
        HelpName = "steps",
    }.AtLeast(0);

    private readonly Option<double> dropout = new Option<double>("--dropout")
    {
        Description = "Probability of dropout; useful when the text is seen many times.",
        HelpName = "probability",
        DefaultValueFactory = _ => 0,
    }.Between(0, 0.9);

    private readonly Option<string> text = new("--text")
    {
        Description = "The text to learn, in UTF-8; its last tenth is held out. Without it: Moby Dick, which lies beside the program.",
        HelpName = "file",
    };

    public IReadOnlyList<Option> All => [.. Fixed, text];

    /// <summary>Those that a run keeps from its start to its end.</summary>
    public IReadOnlyList<Option> Fixed => [size, layers, width, heads, context, batch, learningRate, warmUp, dropout];

    /// <summary>The text that is given; null = none.</summary>
    public string? Text(ParseResult result) => result.GetValue(text);

    /// <summary>A run of these options, of one step, with seed 1 and in float32: the caller says how long and how.</summary>
    /// <exception cref="UserErrorException">The text cannot be used, or values do not fit together.</exception>
    public (RunSettings Run, TextCorpus Corpus) Read(ParseResult result)
    {
        var preset = GptSize.Named(result.GetValue(size)!);
        var path = Path.GetFullPath(Text(result) ?? TextCorpus.DefaultPath);
        var corpus = TextCorpus.Load(path);
        var shape = new GptShape(
            result.GetValue(layers) ?? preset.Layers,
            result.GetValue(width) ?? preset.Width,
            result.GetValue(heads) ?? preset.Heads,
            result.GetValue(context) ?? preset.Context,
            corpus.Vocabulary.Size).Validated();
        corpus.CheckLength(shape.Context);
        var training = new TrainingSettings(
            Steps: 1,
            result.GetValue(batch) ?? preset.Batch,
            result.GetValue(learningRate),
            result.GetValue(warmUp),
            result.GetValue(dropout),
            Seed: 1,
            PrecisionPolicy.Float32);
        return (new RunSettings(shape, training, corpus.Vocabulary.ToString(), path), corpus);
    }
}
