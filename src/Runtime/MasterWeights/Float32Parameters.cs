using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>The parameters that stay in float32 because libtorch does not take them in 16-bit everywhere.</summary>
internal static class Float32Parameters
{
    /// <summary>Why a parameter of a layer stays in float32; null where it need not.</summary>
    /// <param name="module">The module that registers it.</param>
    /// <param name="name">Its name in that module.</param>
    /// <param name="autocast">Whether the model runs in a region; otherwise in true 16-bit.</param>
    /// <param name="device">Where it lies.</param>
    public static string? Reason(nn.Module module, string name, bool autocast, DeviceType device)
    {
        var layer = module.GetType().Name;
        return module switch
        {
            NormBase or LayerNorm or GroupNorm when autocast => $"{layer} in a region",

            // batch_norm takes its weights and its statistics in one dtype only.
            NormBase { running_mean: not null } => $"{layer} with running statistics",

            // Autocast on a CPU does not know bilinear, whose inputs and weights must have one dtype.
            Bilinear when autocast => $"{layer} in a region",

            // Its master would not see what the forward writes.
            Embedding or EmbeddingBag when autocast && MaxNormEmbeddings.Writes(module)
                => $"{layer} with max_norm, whose forward writes its weight",

            // The norms in libtorch's own transformer layers are no modules of their own here.
            TransformerEncoderLayer or TransformerDecoderLayer or TransformerEncoder or TransformerDecoder or Transformer when IsNorm(name)
                => autocast ? $"norm of {layer} in a region"
                : device is DeviceType.CPU ? $"norm of {layer} on a CPU, whose attention runs in float32 under a padding mask"
                : null,
            _ => null,
        };
    }

    /// <summary>Whether a name is that of a norm's parameter: <c>norm1.weight</c>, <c>layers.0.norm2.bias</c>.</summary>
    private static bool IsNorm(string name)
        => name.Split('.') is [.., var owner, _] && owner.StartsWith("norm", StringComparison.Ordinal);
}
