using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Interception;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1009 for layers: in a class without autocast their weights have the class's 16-bit dtype, and libtorch refuses an input of another. Batch
/// normalisation keeps float32 weights, which take either.
/// </summary>
internal sealed class LayerOfAnotherDtype : IOperationRule
{
    private static readonly string[] Norms = ["LayerNorm", "GroupNorm"];

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation)
        => operation.Member == OperationTable.Forward
            && !operation.Has(OperationTraits.NoMixedDtypes) // an interceptor casts their inputs
            && (operation.Has(OperationTraits.Convolution | OperationTraits.MatrixProduct) || Norms.Contains(operation.Name));

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        var region = context.Flow.RegionAt(context.Operation);
        var input = context.Invocation?.Arguments.FirstOrDefault()?.Value;
        if (region.Kind is not RegionKind.TrueSixteenBit || input is null || !IsOwn(context.Invocation!.Instance)
            || context.Flow.Of(input).In(Dtypes.Any & ~Dtypes.SixteenBit) is not { } finding)
        {
            return;
        }

        // Complex tensors are possible nearly everywhere, and meant hardly anywhere.
        var real = finding.Dtypes & ~Dtypes.Complex;
        context.ReportOf(
            [],
            ProductOfTwoDtypes.Rule,
            finding,
            context.Name,
            (real is Dtypes.None ? finding.Dtypes : real).ToText() + context.OriginText(finding.Origin),
            region.Dtypes.ToText() + " (its weights)",
            finding.Where,
            "libtorch throws");
    }

    /// <summary>Whether a layer is the class's own, whose weights are stored in its dtype; a marked one stays in float32.</summary>
    private static bool IsOwn(IOperation? layer)
        => layer?.WithoutConversions() is IMemberReferenceOperation { Instance: IInstanceReferenceOperation } && FullPrecisionMember.Of(layer) is null;
}
