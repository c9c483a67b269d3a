namespace Precision.Generator.Forward.Models;

/// <summary>The policy that a <c>[MixedPrecision]</c> attribute gives, with its defaults filled in.</summary>
internal sealed record Policy(Dtype Compute, Dtype Parameters, Dtype Output, bool Autocast);
