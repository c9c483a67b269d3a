using Precision.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Embeddings with <c>max_norm</c>, whose forward writes their weights. TorchSharp does not say which have it.</summary>
internal static class MaxNormEmbeddings
{
    /// <summary>The weights in a model that forwards write.</summary>
    public static IEnumerable<Parameter> Of(nn.Module root)
    {
        foreach (var module in root.modules().Prepend(root))
        {
            if (Writes(module))
            {
                yield return WeightOf(module)!;
            }
        }
    }

    /// <summary>Whether a module's forward writes its weight.</summary>
    // The forward of no index normalises nothing, and counts as a write all the same.
    public static bool Writes(nn.Module module)
    {
        if (WeightOf(module) is not { IsInvalid: false } weight || is_inference_mode_enabled() || VariableData.IsInference(weight))
        {
            return false;
        }

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var before = VariableData.Version(weight);
        var nothing = empty(0, dtype: ScalarType.Int64, device: weight.device);
        if (module is Embedding embedding)
        {
            embedding.forward(nothing);
        }
        else
        {
            ((EmbeddingBag)module).forward(nothing, zeros(1, dtype: ScalarType.Int64, device: weight.device), null);
        }

        return VariableData.Version(weight) != before;
    }

    private static Parameter? WeightOf(nn.Module module) => module switch
    {
        Embedding embedding => embedding.weight,
        EmbeddingBag bag => bag.weight,
        _ => null,
    };
}
