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
        var difference = Difference(BroadcastLines(own, group), own);
        var fault = misplaced ?? difference;
        using var scope = NewDisposeScope();
        var faults = zeros(group.WorldSize, dtype: ScalarType.Int64, device: group.Device);
        if (fault is not null)
        {
            using var one = ones(1, dtype: ScalarType.Int64, device: group.Device);
            faults.narrow(0, group.Rank, 1).copy_(one);
        }

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

    private static string[] BroadcastLines(List<string> own, ProcessGroup group)
    {
        using var scope = NewDisposeScope();
        var text = Encoding.UTF8.GetBytes(string.Join('\n', own));
        var length = tensor(new[] { (long)text.Length }).to(group.Device);
        group.Broadcast(length);
        var bytes = new byte[length.cpu().item<long>()];
        if (group.IsFirst)
        {
            text.CopyTo(bytes, 0);
        }

        var content = tensor(bytes).to(group.Device);
        group.Broadcast(content);
        var onHost = Lifetime.After(content.cpu(), content);
        return Encoding.UTF8.GetString(onHost.data<byte>().ToArray()).Split('\n');
    }

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
