using static TorchSharp.torch;

namespace Precision.Distributed.Mpi;

/// <summary>What dtypes and operations are for MPI.</summary>
internal sealed class MpiTypes(MpiLibrary mpi)
{
    private readonly Dictionary<ScalarType, nint> reduced = new()
    {
        [ScalarType.Float32] = mpi.Object("ompi_mpi_float"),
        [ScalarType.Float64] = mpi.Object("ompi_mpi_double"),
        [ScalarType.Int32] = mpi.Object("ompi_mpi_int32_t"),
        [ScalarType.Int64] = mpi.Object("ompi_mpi_int64_t"),
        [ScalarType.Byte] = mpi.Object("ompi_mpi_uint8_t"),
    };

    private readonly nint bytes = mpi.Object("ompi_mpi_byte");
    private readonly nint sum = mpi.Object("ompi_mpi_op_sum");
    private readonly nint maximum = mpi.Object("ompi_mpi_op_max");
    private readonly nint minimum = mpi.Object("ompi_mpi_op_min");

    /// <summary>What tensors are moved as: an engine that only copies need not know the dtype.</summary>
    public nint Bytes => bytes;

    /// <summary>Open MPI has no 16-bit floating types.</summary>
    public bool CanReduce(ScalarType dtype) => reduced.ContainsKey(dtype);

    public nint Of(ScalarType dtype) => reduced[dtype];

    /// <summary>An average is a sum that is divided afterwards.</summary>
    public nint Of(ReduceOperation operation) => operation switch
    {
        ReduceOperation.Maximum => maximum,
        ReduceOperation.Minimum => minimum,
        _ => sum,
    };
}
