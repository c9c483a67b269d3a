namespace Precision;

/// <summary>
/// Keeps a part of a model in float32 in every mode. On a module class: its forward runs with autocast off and 16-bit inputs
/// are cast to float32 (float64 is left alone, as by <c>torch.amp.custom_fwd(cast_inputs=torch.float32)</c>,
/// torch/amp/autocast_mode.py). On a field or property of a module class:
/// what it holds is stored in float32.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Field | AttributeTargets.Property, Inherited = false)]
public sealed class FullPrecisionAttribute : Attribute;
