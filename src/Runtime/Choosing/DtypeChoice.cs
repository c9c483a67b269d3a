namespace Precision;

/// <summary>A concrete dtype and why it was chosen.</summary>
/// <param name="Dtype">Float32, Float16 or BFloat16.</param>
/// <param name="Reason">One sentence for a person.</param>
public sealed record DtypeChoice(Dtype Dtype, string Reason);
