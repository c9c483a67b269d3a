using Precision;
using Spectre.Console;
using Spectre.Console.Rendering;
using TextGeneration.Data;
using TextGeneration.Training;
using static Samples.CommandLine.TableText;
using static TorchSharp.torch;

namespace TextGeneration.Reporting;

/// <summary>What is said before and after a training.</summary>
internal static class TrainingText
{
    public static IRenderable Opening(RunSettings run, Trainer trainer, TextCorpus corpus, Device device)
    {
        var (shape, training) = (run.Shape, run.Training);
        var parameters = trainer.Model.parameters().Sum(parameter => parameter.numel());
        var batches = training.GradAccumulation == 1 ? "" : Invariant($"{training.GradAccumulation} x ");
        var clipping = training.GradientClip == 0 ? "no clipping" : Invariant($"gradients clipped at {training.GradientClip}");
        var perRank = trainer.Ranks.Count == 1 ? "" : Invariant($"{trainer.Ranks.Count} processes x ");
        var start = trainer.Step == 0 ? "" : $", going on from step {trainer.Step}";
        return TableText.Of(
            "training",
            ("text", Invariant($"{Path.GetFileName(run.Text)}: {corpus.Training.Length:N0} characters to learn, {corpus.Validation.Length:N0} held out")),
            ("model", Invariant($"{shape.Layers} layers, width {shape.Width}, {shape.Heads} heads, context {shape.Context}: {parameters:N0} parameters")),
            ("precision", Invariant($"{training.Precision.Compute} matrix products, parameters in {training.Precision.Parameters}, on {device}")),
            ("steps", Invariant($"{training.Steps} of {perRank}{batches}{training.Batch} x {shape.Context} characters, {clipping}, seed {training.Seed}{start}")));
    }

    public static IRenderable Summary(Trainer trainer, Device device)
    {
        var (before, after) = (trainer.History.Validation.First(), trainer.History.Validation.Last());
        var rows = new List<(string, string)>
        {
            ("validation loss", Invariant($"{before.Loss:F4} before, {after.Loss:F4} after {after.Step} steps: {trainer.History.FallPercent:F1} % lower")),
        };
        if (trainer.Observation is { } seen)
        {
            rows.Add(("speed", Invariant($"{trainer.TokensPerSecond:N0} tokens/s")));
            rows.Add(("matrix products gave", seen.MatrixProducts));
            rows.Add(("parameters are", seen.Parameters));
            rows.Add(("updated weights are", seen.Masters));
            rows.Add(("gradients are", seen.Gradients));
            rows.Add(("steps skipped", Invariant($"{trainer.Training.SkippedSteps} (gradients not finite)")));
            if (trainer.Training.Scaler.is_enabled())
            {
                rows.Add(("loss scale", Invariant($"{trainer.Training.Scaler.get_scale():N0}")));
            }
        }

        rows.Add(("16-bit here", DtypeResolver.Resolve(device).Reason));
        return TableText.Of("result", rows);
    }

    public static IRenderable Files(RunFolder folder) => new Rows(
        new Text($"Written to {folder.Path}:"),
        new Text("  loss.svg        the loss curve"),
        new Text("  losses.csv      its numbers"),
        new Text("  passage.txt     the passage above"),
        new Text("  checkpoint.bin  weights, optimizer, step and random state"),
        new Text("  run.json        the settings"));
}
