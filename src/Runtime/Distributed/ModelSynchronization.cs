using System.Text;
using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>Makes the models of all processes equal: compares what they have by name, then takes the first process's values.</summary>
internal static class ModelSynchronization
{
    /// <summary>Gives each process the parameters and buffers of the first.</summary>
    /// <exception cref="InvalidOperationException">The models differ, or one is not on the device of its process; thrown in all of them.</exception>
    public static void Run(nn.Module module, ProcessGroup group)
    {
        if (group.WorldSize == 1)
        {
            return;
        }

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var tensors = module.named_parameters().Select(static entry => (entry.name, Tensor: (Tensor)entry.parameter))
            .Concat(module.named_buffers().Select(static entry => (entry.name, Tensor: entry.buffer)))
            .DistinctBy(static entry => VariableData.Identity(entry.Tensor))
            .ToList();
        ThrowIfDifferent(tensors.ConvertAll(static entry => Describe(entry.name, entry.Tensor)), MisplacedOf(tensors, group), group);
        foreach (var (_, tensor) in tensors)
        {
            var values = tensor.detach().contiguous();
            group.Broadcast(values);
            if (!group.IsFirst)
            {
                tensor.copy_(values);
            }
        }

        GC.KeepAlive(module);
    }

    private static string Describe(string name, Tensor tensor)
        => $"'{name}': {tensor.dtype}[{string.Join(", ", tensor.shape)}]{(tensor.requires_grad ? "" : ", not trained")}";

    private static string? MisplacedOf(List<(string Name, Tensor Tensor)> tensors, ProcessGroup group)
        => tensors.FirstOrDefault(entry => entry.Tensor.device.ToString() != group.Device.ToString()) is ({ } name, var tensor)
            ? $"'{name}' is on {tensor.device}, and this process communicates on {group.Device}. Move the model there first: "
                + "model.to(group.Device)"
            : null;

    private static void ThrowIfDifferent(List<string> own, string? misplaced, ProcessGroup group)
    {
        var difference = Difference(LinesOfFirst(own, group), own);
        var fault = misplaced ?? difference;
        using var scope = NewDisposeScope();
        var isFault = new long[group.WorldSize];
        isFault[group.Rank] = fault is null ? 0 : 1;
        var faults = tensor(isFault).to(group.Device);
        group.AllReduce(faults);
        var onHost = Lifetime.After(faults.cpu(), faults);
        var ranks = onHost.data<long>().Select(static (count, rank) => (count, rank)).Where(static entry => entry.count > 0)
            .Select(static entry => entry.rank).ToList();
        if (fault is not null)
        {
            throw new InvalidOperationException($"Rank {group.Rank} cannot take part in the training: {fault}.");
        }

        if (ranks.Count > 0)
        {
            throw new InvalidOperationException(
                $"Rank {string.Join(", ", ranks)} cannot take part in the training: its model differs from this one, or is not on its "
                + "device. Its own error names the first tensor.");
        }
    }

    private static string[] LinesOfFirst(List<string> own, ProcessGroup group)
        => Encoding.UTF8.GetString(group.BroadcastBytes(Encoding.UTF8.GetBytes(string.Join('\n', own)))).Split('\n');

    private static string? Difference(string[] first, List<string> own)
    {
        for (var i = 0; i < Math.Max(first.Length, own.Count); i++)
        {
            var (theirs, mine) = (first.ElementAtOrDefault(i), own.ElementAtOrDefault(i));
            if (theirs != mine)
            {
                return $"its model has {mine ?? "nothing"} where that of rank 0 has {theirs ?? "nothing more"}. Build the same model in every "
                    + "process";
            }
        }

        return null;
    }
}
