namespace Precision.Generator.Operations;

/// <summary>What autocast does with one operation on one kind of device. All but the last two are libtorch's own policies.</summary>
internal enum AutocastPolicy
{
    /// <summary>Nothing: the operation runs in the dtypes that it is given.</summary>
    Unlisted,

    /// <summary>Floating inputs are cast to the region's dtype (<c>lower_precision_fp</c>).</summary>
    LowerPrecision,

    /// <summary>16-bit inputs are cast to float32 (<c>fp32</c>).</summary>
    Float32,

    /// <summary>Computes and returns float32, unless the call names a dtype (<c>fp32_set_opt_dtype</c>).</summary>
    Float32DefaultDtype,

    /// <summary>Computes and returns float32: autocast goes over to the overload that takes a dtype (<c>fp32_append_dtype</c>).</summary>
    Float32AppendDtype,

    /// <summary>
    /// Inputs are cast to the widest dtype among them, float32 or the region's; a 16-bit dtype that is not the region's is an
    /// error (<c>promote</c>).
    /// </summary>
    Promote,

    /// <summary>Throws in a region (<c>banned</c>).</summary>
    Banned,

    /// <summary>
    /// A module of several operations: what passes through products comes in the region's dtype and meets the input again in
    /// sums, so that the result's dtype is the promotion of the two.
    /// </summary>
    Composite,

    /// <summary>Floating inputs are cast to Float16 whatever the region's dtype: libtorch's wrapper around cuDNN's recurrent networks.</summary>
    Float16,
}
