using static TorchSharp.torch;

namespace Precision.Distributed.Nccl;

/// <summary>What dtypes and operations are for NCCL (ncclDataType_t, ncclRedOp_t).</summary>
internal static class NcclTypes
{
    /// <summary>What tensors are moved as: an engine that only copies need not know the dtype.</summary>
    public const int Bytes = 1;

    private const int None = -1;

    public static bool CanReduce(ScalarType dtype) => Of(dtype) != None;

    public static int Of(ScalarType dtype) => dtype switch
    {
        ScalarType.Int8 => 0,
        ScalarType.Byte => Bytes,
        ScalarType.Int32 => 2,
        ScalarType.Int64 => 4,
        ScalarType.Float16 => 6,
        ScalarType.Float32 => 7,
        ScalarType.Float64 => 8,
        ScalarType.BFloat16 => 9,
        _ => None,
    };

    public static int Of(ReduceOperation operation) => operation switch
    {
        ReduceOperation.Sum => 0,
        ReduceOperation.Maximum => 2,
        ReduceOperation.Minimum => 3,
        ReduceOperation.Average => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    };
}
