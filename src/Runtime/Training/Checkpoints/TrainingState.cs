using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// What a training goes on from. It is the checkpoint's index too: everything is stored as JSON but the tensors' elements, which
/// stand before it in the order of <see cref="Tensors"/>.
/// </summary>
/// <param name="Progress">What was counted.</param>
/// <param name="Weights">The model's parameters and persistent buffers, each once.</param>
/// <param name="Tied">For each further name of one of the weights the name that it is stored under.</param>
/// <param name="Masters">The float32 masters of 16-bit parameters.</param>
/// <param name="RandomStates">The states of libtorch's random generators, by device.</param>
/// <param name="Optimizer">The optimizer.</param>
/// <param name="Scaler">The loss scaler's <c>state_dict</c>; empty when it is disabled.</param>
/// <param name="Scheduler">The learning-rate schedule; null without one.</param>
/// <param name="DataPosition">The caller's own bytes.</param>
/// <param name="OtherRanks">What the processes after the first have of their own; null where there was one.</param>
internal sealed record TrainingState(
    TrainingProgress Progress,
    IReadOnlyList<SavedTensor> Weights,
    IReadOnlyDictionary<string, string> Tied,
    IReadOnlyList<SavedTensor> Masters,
    IReadOnlyList<SavedTensor> RandomStates,
    SavedOptimizer Optimizer,
    IReadOnlyDictionary<string, double> Scaler,
    ObjectState? Scheduler,
    byte[] DataPosition,
    IReadOnlyList<RankState>? OtherRanks = null) : IDisposable
{
    /// <summary>All tensors, in the order of the file.</summary>
    [JsonIgnore]
    public IEnumerable<SavedTensor> Tensors
        => [.. Weights, .. Masters, .. RandomStates, .. Optimizer.States.SelectMany(static state => state.Tensors),
            .. OtherRanks?.SelectMany(static rank => rank.RandomStates) ?? []];

    /// <summary>Copies what would change with the training: a state that another thread may write while training goes on.</summary>
    public void CopyToHost()
    {
        foreach (var saved in Tensors)
        {
            using var live = saved.Value!;
            saved.Value = live.to(CPU, copy: true).DetachFromDisposeScope();
        }
    }

    /// <summary>Frees the values.</summary>
    public void Dispose()
    {
        foreach (var saved in Tensors)
        {
            saved.Value?.Dispose();
            saved.Value = null;
        }
    }
}

/// <summary>What a training counts.</summary>
/// <param name="Steps">The steps that were made, skipped ones included.</param>
/// <param name="SkippedSteps">The steps that were skipped.</param>
/// <param name="SkippedInARow">The steps that were skipped since the last that was not.</param>
internal sealed record TrainingProgress(long Steps, long SkippedSteps, int SkippedInARow);

/// <summary>What a process has of its own in a training over several.</summary>
/// <param name="RandomStates">The states of its random generators, by device.</param>
/// <param name="DataPosition">Its caller's own bytes.</param>
internal sealed record RankState(IReadOnlyList<SavedTensor> RandomStates, byte[] DataPosition);

/// <summary>The optimizer in a checkpoint.</summary>
/// <param name="Type">The optimizer's class.</param>
/// <param name="Groups">Its parameter groups.</param>
/// <param name="States">The state of each parameter, in the order of the groups.</param>
internal sealed record SavedOptimizer(string Type, IReadOnlyList<SavedGroup> Groups, IReadOnlyList<ObjectState> States)
{
    /// <summary>The states by the names of their parameters, each of which is there once.</summary>
    public Dictionary<string, ObjectState> ByParameter()
        => Groups.SelectMany(static group => group.Parameters).Zip(States).ToDictionary(static entry => entry.First, static entry => entry.Second);
}

/// <summary>A parameter group in a checkpoint.</summary>
/// <param name="Parameters">The names of its parameters.</param>
/// <param name="Options">Its options.</param>
internal sealed record SavedGroup(IReadOnlyList<string> Parameters, ObjectState Options);

/// <summary>Reads and writes the index without reflection.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(TrainingState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
