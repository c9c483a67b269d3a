using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Looks for infinities and NaNs on a GPU: each number is read once and none written, in one launch for all tensors.</summary>
internal static class NonFiniteKernel
{
    /// <summary>Looks through tensors.</summary>
    /// <param name="tensors">At least one.</param>
    /// <returns>
    /// 1 if one holds an infinity or a NaN, else 0: one Float32 number on their device. Null where no kernel does it: not all on one
    /// GPU that has kernels, a dtype other than Float32 and the 16-bit ones, or memory with gaps.
    /// </returns>
    public static Tensor? TryFind(IReadOnlyList<Tensor> tensors)
    {
        const int threads = 256;
        var (device, index) = (tensors[0].device_type, tensors[0].device_index);
        if (!FusedKernels.AreAvailable(device, index))
        {
            return null;
        }

        var table = new TensorTable();
        foreach (var tensor in tensors)
        {
            // A sparse tensor has no layout to read.
            if (tensor.is_sparse || tensor.device_type != device || tensor.device_index != index)
            {
                return null;
            }

            var metadata = TensorMetadata.Of(tensor, nameof(tensors));
            if (!metadata.IsDense || Exponent(metadata.Dtype) is not { } exponent)
            {
                return null;
            }

            table.Add(metadata.ElementCount, [tensor], exponent);
        }

        var found = zeros([], dtype: float32, device: tensors[0].device);
        if (table.Blocks > 0)
        {
            using var rows = table.To(tensors[0].device);
            var arguments = new KernelArguments();
            arguments.Add(rows);
            arguments.Add(table.Count);
            arguments.Add(found);
            FusedKernels.Launch(tensors[0], "many_tensors.cu", "", "find_non_finite", (table.Blocks, 1), (threads, 1), 0, arguments);
        }

        return found;
    }

    /// <summary>The bits of the exponent, which are all set in infinities and NaNs.</summary>
    private static long? Exponent(ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => 0x7f800000,
        ScalarType.BFloat16 => 0x7f80,
        ScalarType.Float16 => 0x7c00,
        _ => null,
    };
}
