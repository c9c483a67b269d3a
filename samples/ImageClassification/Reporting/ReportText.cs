using ImageClassification.Data;
using ImageClassification.Training;
using Precision;
using Spectre.Console;
using Spectre.Console.Rendering;
using static Samples.CommandLine.TableText;
using static TorchSharp.torch;

namespace ImageClassification.Reporting;

/// <summary>What is said before and after a training.</summary>
internal static class ReportText
{
    public static IRenderable Opening(DigitImages training, DigitImages test, TrainingSettings settings, Device device) => Of(
        "handwritten digits",
        ("images", Invariant($"{training.Count:N0} to learn, {test.Count:N0} held out")),
        ("training", Invariant($"{settings.Epochs} epochs, {settings.Batch} images a step, seed {settings.Seed}, on {device}")),
        ("16-bit here", DtypeResolver.Resolve(device).Reason));

    public static IRenderable Storage(IEnumerable<StorageRow> rows)
    {
        var table = new Table { Title = new TableTitle("what is stored how in the mixed model"), Border = TableBorder.Rounded };
        table.AddColumns("stored in", "tensors", "numbers", "float32 masters", "for example", "why");
        foreach (var row in rows)
        {
            table.AddRow(
                $"{row.Dtype}", $"{row.Tensors}", Invariant($"{row.Numbers:N0}"), row.HaveMasters ? "yes" : "", row.Example, row.Reason);
        }

        return table;
    }

    public static IRenderable Result(TrainingResult result) => Of(
        "result",
        ("accuracy on held-out digits", Percent(result.Accuracy)),
        ("speed", Speed(result)),
        ("steps skipped", Skipped(result)));

    public static IRenderable Comparison(TrainingResult float32, TrainingResult mixed)
    {
        var table = new Table { Title = new TableTitle("result"), Border = TableBorder.Rounded };
        table.AddColumns("", "DigitNet, as it is: float32", "MixedDigitNet: bfloat16");
        table.AddRow("accuracy on held-out digits", Percent(float32.Accuracy), Percent(mixed.Accuracy));
        table.AddRow("speed", Speed(float32), Speed(mixed));
        table.AddRow("steps skipped", Skipped(float32), Skipped(mixed));
        return table;
    }

    private static string Percent(double value) => Invariant($"{value:F2} %");

    private static string Speed(TrainingResult result) => Invariant($"{result.ImagesPerSecond:N0} images/s");

    private static string Skipped(TrainingResult result) => Invariant($"{result.SkippedSteps} (gradients not finite)");
}
