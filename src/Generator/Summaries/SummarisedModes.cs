using System.Collections.Immutable;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Forward.Models;

namespace Precision.Generator.Summaries;

/// <summary>The ways in which a model of another assembly may run a module.</summary>
internal static class SummarisedModes
{
    /// <summary>A region and true 16-bit, in either dtype. In a region parameters may be stored as float32 or not: nothing is claimed of them.</summary>
    public static ImmutableArray<PrecisionOfClass> All { get; } =
    [
        .. from compute in new[] { Dtype.Float16, Dtype.BFloat16 }
           from autocast in new[] { true, false }
           select new PrecisionOfClass(
               autocast ? ClassKind.Mixed : ClassKind.TrueSixteenBit,
               new Policy(compute, Parameters: compute, Dtype.Unspecified, autocast),
               Annotated: null),
    ];
}
