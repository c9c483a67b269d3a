using Precision;

namespace ImageClassification.Model;

/// <summary>
/// <see cref="DigitNet"/> in mixed precision: convolutions in bfloat16, parameters stored in bfloat16 with float32 masters, what
/// belongs to BatchNorm in float32. This is all the code that it takes.
/// </summary>
[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
public sealed partial class MixedDigitNet(int classes) : DigitNet(classes);
