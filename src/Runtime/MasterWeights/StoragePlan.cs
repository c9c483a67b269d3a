using Precision.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// How every parameter and buffer of a model is to be stored: the tree of modules walked once, the rules of
/// <see cref="StorageContext"/> at each place. Names and order are those of <c>named_parameters()</c>, the one source of names;
/// a tied weight is one parameter.
/// </summary>
internal sealed class StoragePlan
{
    private readonly Device device;
    private readonly Dictionary<nint, (ScalarType Dtype, string Reason)> rules = [];

    private StoragePlan(nn.Module module)
    {
        var parameters = Unique(module.named_parameters());
        var buffers = Unique(module.named_buffers());
        device = (parameters.FirstOrDefault().tensor ?? buffers.FirstOrDefault().tensor)?.device ?? CPU;
        Visit(module, StorageContext.Unannotated);
        Parameters = [.. parameters.Select(p => Stored(p.name, p.tensor))];
        Buffers = [.. buffers.Select(b => Stored(b.name, b.tensor))];
    }

    public IReadOnlyList<StoredTensor<Parameter>> Parameters { get; }

    public IReadOnlyList<StoredTensor<Tensor>> Buffers { get; }

    public static StoragePlan Of(nn.Module module) => new(module);

    private static List<(string name, T tensor)> Unique<T>(IEnumerable<(string name, T tensor)> named)
        where T : Tensor
        => [.. named.Where(static pair => pair.tensor is { IsInvalid: false }).DistinctBy(static pair => VariableData.Identity(pair.tensor))];

    private void Visit(nn.Module module, StorageContext outside)
    {
        var context = outside.Inside(module, device);
        foreach (var (member, parameter) in module.named_parameters(recurse: false))
        {
            Note(module, context, member, parameter);
        }

        foreach (var (member, buffer) in module.named_buffers(recurse: false))
        {
            Note(module, context, member, buffer);
        }

        foreach (var (member, child) in module.named_children())
        {
            Visit(child, context.For(member));
        }
    }

    private void Note(nn.Module module, StorageContext context, string member, Tensor tensor)
    {
        var rule = context.Of(module, member, tensor);

        // A weight tied between two places is stored as the more careful of them asks.
        if (!rules.TryGetValue(VariableData.Identity(tensor), out var other)
            || (other.Dtype.Is16Bit() && rule.Dtype is ScalarType.Float32))
        {
            rules[VariableData.Identity(tensor)] = rule;
        }
    }

    private StoredTensor<T> Stored<T>(string name, T tensor)
        where T : Tensor
        => rules.TryGetValue(VariableData.Identity(tensor), out var rule)
            ? new(name, tensor, rule.Dtype, rule.Reason)
            : new(name, tensor, tensor.dtype, "registered nowhere in the tree of modules");
}
