using System.Text;
using static TorchSharp.torch;

#pragma warning disable PRC2008 // what it does is in the table

namespace Precision.Runtime.Tests.Training;

/// <summary>The training's state machine: what each call does in each state. docs/master-weights.md shows it.</summary>
internal static class StateTable
{
    /// <summary>The gradient of both lines in the state "pending".</summary>
    public const float PendingGradient = 2;

    private static readonly Outcome Nothing = new("nothing", Steps: null);

    public static readonly Row[] Rows =
    [
        new(
            "`Backward(loss)`", static lines => lines.Backward(3),
            new("drops what lies in `.grad`; → pending", 3),
            new("adds, 16-bit gradients in float32", 5),
            new("drops the old gradients; → pending", 3)),
        new(
            "`Step()`", static lines => lines.Training.Step(),
            new("throws: before `Backward(loss)`", null, "before Backward(loss)"),
            new("updates the weights; → stepped", null) { Moves = PendingGradient },
            new("throws: called already", null, "called twice")),
        new(
            "`Gradients()`", static lines => lines.Training.Gradients(),
            new("throws: before `Backward(loss)`", null, "before Backward(loss)"),
            new("gives them, as float32; the same tensors each time", 2) { After = static lines => AssertSameFloat32(lines) },
            new("throws: before `Backward(loss)`", null, "before Backward(loss)")),
        new(
            "`MasterWeights.CopyGradients()`", static lines => lines.Training.MasterWeights.CopyGradients(),
            Nothing,
            new("gives them to the masters too, as float32; twice changes nothing", 2),
            Nothing),
        new(
            "`zero_grad()`", static lines => lines.Training.zero_grad(),
            Nothing,
            new("drops them and their loss, and frees memory; → none", null) { After = static lines => AssertNoGradient(lines) },
            new("drops what is left; → none", null) { After = static lines => AssertNoGradient(lines) }),
        new(
            "`model.zero_grad()`", static lines => lines.Model.zero_grad(),
            Nothing, new("drops them and their loss; `Step()` throws: no gradient", null), Nothing),
        new(
            "`Optimizer.zero_grad()` of a `FusedOptimizer`", static lines => lines.Training.Optimizer.zero_grad(),
            Nothing, new("drops them and their loss; → none", null), new("drops what is left; → none", null)) { Fused = true },
        new(
            "`Optimizer.step()` of a `FusedOptimizer`", static lines => lines.Training.Optimizer.step(),
            new("throws: call `training.Step()`", null, "training.Step()"),
            new("throws: call `training.Step()`; they stay", 2, "training.Step()"),
            new("throws: call `training.Step()`", null, "training.Step()")) { Fused = true },
        new(
            "`Optimizer.zero_grad()` of TorchSharp's", static lines => lines.Training.Optimizer.zero_grad(),
            Nothing, new("makes them 0 and drops their loss", 0), Nothing) { Fused = false },
        new(
            "`Optimizer.step()` of TorchSharp's", static lines => lines.Training.Optimizer.step(),
            Nothing, new("updates the masters; the next call throws and drops the gradients", null) { Moves = 2, StepError = "training.Step() alone" }, Nothing)
            { Fused = false },
        new(
            "`clip_grad_norm_(model.parameters(), …)`",
            static lines => nn.utils.clip_grad_norm_(lines.Model.parameters(), Math.Sqrt(2)),
            Nothing, new("clips what `Step()` will use", 1), Nothing),
        new(
            "`loss.backward()` past the training", static lines => lines.Loss(3).backward(),
            new("lies in `.grad` and does not count", null), new("adds, as in PyTorch", 5), new("does not count", null)),
        new(
            "`Save(…)`", static lines => Save(lines),
            new("saves", null), new("throws: save after `Step()`; they stay", 2, "Save after Step()"), new("saves", null)),
        new(
            "`Load(…)`", static lines => LoadCheckpoint(lines),
            new("goes back", null),
            new("goes back; drops them; → none", null) { After = static lines => AssertNoGradient(lines) },
            new("goes back; → none", null) { Moves = -PendingGradient, After = static lines => AssertNoGradient(lines) }),
        new(
            "`FindNonFinite()`", static lines => Assert.Null(lines.Training.FindNonFinite()),
            Nothing, new("looks at them; they stay", 2), new("looks at what is left", null)),
        new(
            "`MasterWeights.CopyFromModel()`", static lines => lines.Training.MasterWeights.CopyFromModel(),
            new("takes the model's weights", null), new("takes the model's weights; they stay", 2), new("takes the model's weights", null)),
        new(
            "`MasterWeights.CopyToModel()`", static lines => lines.Training.MasterWeights.CopyToModel(),
            new("gives the model its weights", null), new("gives the model its weights; they stay", 2), new("gives the model its weights", null)),
        new(
            "`model.load_state_dict(…)`, float32 parameters, `FusedOptimizer`", static lines => Load(lines),
            new("takes the weights", null) { Moves = -10 }, new("takes the weights", 2) { Moves = -10 },
            new("takes the weights", null) { Moves = -10 - PendingGradient }) { Parameters16Bit = false, Fused = true },
        new(
            "`model.load_state_dict(…)`, float32 parameters, TorchSharp's optimizer", static lines => Load(lines),
            new("takes the weights", null) { Moves = -10 },
            new("takes the weights; the next call throws and drops the gradients", null) { Moves = -10, StepError = "before Backward(loss)" },
            new("takes the weights", null) { Moves = -10 - PendingGradient }) { Parameters16Bit = false, Fused = false },
        new(
            "`model.load_state_dict(…)`, 16-bit parameters", static lines => Load(lines),
            new("`Step()` throws until `CopyFromModel()` is called", null) { NeedsCopy = true },
            new("`Step()` throws until `CopyFromModel()` is called; they stay", null) { NeedsCopy = true, StepError = "CopyFromModel" },
            new("`Step()` throws until `CopyFromModel()` is called", null) { NeedsCopy = true }) { Parameters16Bit = true },
        new(
            "`Dispose()`", static lines => lines.Training.Dispose(),
            new("every later call throws", null) { IsEnd = true },
            new("drops them; every later call throws", null) { IsEnd = true },
            new("every later call throws", null) { IsEnd = true }),
    ];

    public static string Markdown()
    {
        var text = new StringBuilder("| call | no gradients | gradients are pending | stepped |\n|---|---|---|---|\n");
        foreach (var row in Rows)
        {
            text.Append($"| {row.Call} | {row.None.Text} | {row.Pending.Text} | {row.Stepped.Text} |\n");
        }

        return text.ToString();
    }

    private static void AssertNoGradient(Lines lines) => Assert.All(lines.Model.parameters(), static parameter => Assert.Null(parameter.grad));

    private static void AssertSameFloat32(Lines lines)
    {
        foreach (var ((name, gradient), again) in lines.Training.Gradients().Zip(lines.Training.Gradients(), static (one, other) => (one, other.gradient)))
        {
            Assert.Equal((ScalarType.Float32, PendingGradient), (gradient.dtype, gradient.item<float>()));
            gradient.zero_();
            Assert.True(again.item<float>() == 0, name);
            again.fill_(PendingGradient);
        }
    }

    private static void LoadCheckpoint(Lines lines)
    {
        using var file = new MemoryStream();
        using (var other = new Lines(lines.Compute, lines.Parameters, lines.IsFused))
        {
            other.Training.Save(file);
        }

        file.Position = 0;
        lines.Training.Load(file);
    }

    private static void Save(Lines lines)
    {
        var path = Path.GetTempFileName();
        try
        {
            lines.Training.Save(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Load(Lines lines)
        => lines.Model.load_state_dict(lines.Model.state_dict().ToDictionary(
            static entry => entry.Key, static entry => full_like(entry.Value, 10)));

    /// <param name="Call">As it is written.</param>
    /// <param name="Make">Makes the call.</param>
    /// <param name="None">What it does without gradients.</param>
    /// <param name="Pending">What it does between backward and step.</param>
    /// <param name="Stepped">What it does after a step.</param>
    public sealed record Row(string Call, Action<Lines> Make, Outcome None, Outcome Pending, Outcome Stepped)
    {
        public bool? Fused { get; init; }

        public bool? Parameters16Bit { get; init; }
    }

    /// <param name="Text">For the documentation.</param>
    /// <param name="Steps">By what a step then moves the weights; null = it throws.</param>
    /// <param name="Error">What the call's own exception says; null = it does not throw.</param>
    public sealed record Outcome(string Text, float? Steps, string? Error = null)
    {
        /// <summary>By what the call itself moves the weights.</summary>
        public float Moves { get; init; }

        /// <summary>What the exception of the next step says; null = any.</summary>
        public string StepError { get; init; } = "";

        /// <summary>What else holds after the call.</summary>
        public Action<Lines>? After { get; init; }

        public bool NeedsCopy { get; init; }

        public bool IsEnd { get; init; }
    }
}
