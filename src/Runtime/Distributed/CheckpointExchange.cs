using System.Text.Json;
using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>
/// Saves a training over several processes as one checkpoint: the file is the one that a single process would write, with the random
/// states of the others behind it, so that any number of processes can go on from it. Elements travel one tensor at a time.
/// </summary>
internal sealed class CheckpointExchange(ProcessGroup group, MasterWeights masters, bool isSharded) : ICheckpointRanks
{
    public int Rank => group.Rank;

    public TrainingState Gather(TrainingState own)
    {
        var withoutWeights = own with { Weights = [] }; // which are the same in all
        var index = JsonSerializer.SerializeToUtf8Bytes(withoutWeights, CheckpointJson.Default.TrainingState);
        var indices = Enumerable.Range(0, group.WorldSize)
            .Select(root => JsonSerializer.Deserialize(group.BroadcastBytes(index, root), CheckpointJson.Default.TrainingState)!)
            .ToList();
        for (var rank = 0; rank < indices.Count; rank++)
        {
            foreach (var tensor in indices[rank].Tensors)
            {
                tensor.Owner = rank;
            }
        }

        foreach (var (listed, here) in indices[group.Rank].Tensors.Zip(withoutWeights.Tensors))
        {
            (listed.Value, here.Value) = (here.Value, null);
        }

        var whole = Whole(own, indices);
        foreach (var unused in indices[group.Rank].Tensors.Except(whole.Tensors, ReferenceEqualityComparer.Instance).Cast<SavedTensor>())
        {
            unused.Value?.Dispose();
        }

        return whole;
    }

    public TrainingState PartOf(TrainingState whole)
    {
        if (group.IsFirst)
        {
            return whole;
        }

        return whole.OtherRanks?.ElementAtOrDefault(group.Rank - 1) is { } mine
            ? whole with { RandomStates = mine.RandomStates, DataPosition = mine.DataPosition }
            : whole with { RandomStates = RandomState.Get() };
    }

    public void Write(TrainingState state, Action<Func<SavedTensor, Tensor>> write)
    {
        if (!group.IsFirst)
        {
            foreach (var tensor in Remote(state))
            {
                ThrowIfFailed();
                using var scope = NewDisposeScope();
                Transfer(tensor);
            }

            ThrowIfFailed();
            return;
        }

        try
        {
            write(Elements);
        }
        catch
        {
            Tell(isGoingOn: false);
            throw;
        }

        Tell(isGoingOn: true);

        Tensor Elements(SavedTensor tensor)
        {
            if (tensor.Owner == 0)
            {
                return tensor.Value!;
            }

            Tell(isGoingOn: true);
            return Transfer(tensor);
        }
    }

    public void Fetch(TrainingState state)
    {
        foreach (var tensor in Remote(state))
        {
            using var scope = NewDisposeScope();
            var elements = Transfer(tensor);
            if (group.IsFirst)
            {
                tensor.Value = elements.cpu().DetachFromDisposeScope();
            }
        }
    }

    private static IEnumerable<SavedTensor> Remote(TrainingState state) => state.Tensors.Where(static tensor => tensor.Owner != 0);

    /// <summary>The elements of another process's tensor, on this one's device.</summary>
    private Tensor Transfer(SavedTensor tensor)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var elements = tensor.Owner == group.Rank
            ? Lifetime.After(tensor.Value!.to(group.Device).contiguous(), tensor.Value)
            : empty(tensor.Shape, dtype: tensor.ScalarType, device: group.Device);
        if (elements.numel() > 0)
        {
            group.Broadcast(elements, tensor.Owner);
        }

        return elements.MoveToOuterDisposeScope();
    }

    private void Tell(bool isGoingOn)
    {
        using var scope = NewDisposeScope();
        var status = tensor(new[] { isGoingOn ? 1L : 0L }).to(group.Device);
        group.Broadcast(status);
    }

    private void ThrowIfFailed()
    {
        using var status = zeros(1, dtype: ScalarType.Int64, device: group.Device);
        group.Broadcast(status);
        using var onHost = status.cpu();
        if (onHost.item<long>() == 0)
        {
            throw new IOException("Rank 0 could not write the checkpoint; its own error says why. An old file stands.");
        }
    }

    private TrainingState Whole(TrainingState own, List<TrainingState> indices)
    {
        var first = indices[0];
        return own with
        {
            Progress = first.Progress,
            Masters = isSharded ? Ordered(indices.SelectMany(static index => index.Masters), static master => master.Name) : first.Masters,
            RandomStates = first.RandomStates,
            Optimizer = isSharded ? Merge([.. indices.Select(static index => index.Optimizer)]) : first.Optimizer,
            DataPosition = first.DataPosition,
            OtherRanks = [.. indices.Skip(1).Select(static index => new RankState(index.RandomStates, index.DataPosition))],
        };
    }

    private SavedOptimizer Merge(List<SavedOptimizer> parts)
    {
        if (parts.Exists(part => part.Groups.Count != parts[0].Groups.Count))
        {
            throw new InvalidOperationException("The optimizers of the processes have different numbers of parameter groups. Make the same groups in each.");
        }

        var states = parts.SelectMany(static part => part.ByParameter()).ToDictionary(static entry => entry.Key, static entry => entry.Value);
        var groups = parts[0].Groups.Select((first, i) => first with
        {
            Parameters = Ordered(parts.SelectMany(part => part.Groups[i].Parameters), static name => name),
        }).ToList();
        return parts[0] with { Groups = groups, States = [.. groups.SelectMany(static group => group.Parameters).Select(name => states[name])] };
    }

    private List<T> Ordered<T>(IEnumerable<T> items, Func<T, string> name)
    {
        var order = masters.Weights.Select(static (weight, i) => (weight.Name, i)).ToDictionary(static entry => entry.Name, static entry => entry.i);
        return [.. items.OrderBy(item => order[name(item)])];
    }
}
