using System.Text.Json.Serialization;

namespace Precision;

/// <summary>The table of contents of a checkpoint, with everything that is small. Stored as JSON.</summary>
internal sealed record CheckpointIndex(
    long Steps,
    long SkippedSteps,
    int SkippedInARow,
    IReadOnlyList<CheckpointTensor> Weights,
    IReadOnlyList<CheckpointTensor> Masters,
    IReadOnlyList<CheckpointTensor> RandomStates,
    CheckpointOptimizer Optimizer,
    IReadOnlyDictionary<string, double> Scaler,
    SchedulerState? Scheduler,
    byte[] DataPosition);

/// <summary>A tensor in the file.</summary>
/// <param name="Name">Its name; for a random state the device.</param>
/// <param name="Dtype">Its dtype, by TorchSharp's name.</param>
/// <param name="Shape">Its shape; the elements follow each other in row-major order, little-endian.</param>
/// <param name="Offset">Where it begins, in bytes from the beginning of the file.</param>
internal sealed record CheckpointTensor(string Name, string Dtype, long[] Shape, long Offset);

/// <summary>The optimizer's state, in the optimizer's own format.</summary>
/// <param name="Type">The optimizer's class.</param>
/// <param name="Groups">For each parameter group the names of its parameters.</param>
/// <param name="Offset">Where it begins, in bytes from the beginning of the file.</param>
/// <param name="Length">How long it is, in bytes.</param>
internal sealed record CheckpointOptimizer(string Type, IReadOnlyList<IReadOnlyList<string>> Groups, long Offset, long Length);

/// <summary>Reads and writes the index without reflection.</summary>
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(CheckpointIndex))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
