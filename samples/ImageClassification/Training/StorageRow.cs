using Precision;
using static TorchSharp.torch;

namespace ImageClassification.Training;

/// <summary>Tensors of a model that are stored in the same dtype for the same reason.</summary>
/// <param name="Dtype">Of the tensors themselves.</param>
/// <param name="Tensors">How many.</param>
/// <param name="Numbers">In all of them.</param>
/// <param name="HaveMasters">Whether a float32 master is kept beside each.</param>
/// <param name="Example">The name of the first one, as in the state dict.</param>
/// <param name="Reason">What decided the dtype.</param>
internal sealed record StorageRow(ScalarType Dtype, int Tensors, long Numbers, bool HaveMasters, string Example, string Reason)
{
    private const string Buffers = "statistics, not trained";

    /// <summary>All floating parameters and buffers of a model, grouped.</summary>
    public static IReadOnlyList<StorageRow> Of(nn.Module model, MasterWeights masters)
    {
        var stored = masters.Storage.ToDictionary(parameter => parameter.Name);
        var parameters = model.named_parameters()
            .Select(named => (named.name, tensor: (Tensor)named.parameter, stored[named.name].HasMaster, stored[named.name].Reason));
        var buffers = model.named_buffers()
            .Where(named => named.buffer.is_floating_point())
            .Select(named => (named.name, tensor: named.buffer, HasMaster: false, Reason: Buffers));
        return
        [
            .. parameters.Concat(buffers)
                .GroupBy(entry => (entry.tensor.dtype, entry.HasMaster, entry.Reason))
                .Select(group => new StorageRow(
                    group.Key.dtype, group.Count(), group.Sum(entry => entry.tensor.numel()), group.Key.HasMaster,
                    group.First().name, group.Key.Reason)),
        ];
    }
}
