using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Interception;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1006: binary cross entropy takes probabilities. CUDA's autocast bans it, so that it throws in a region there; of 16-bit probabilities it
/// gives the wrong loss. It is a warning in a region too, though a CPU goes on, since nothing else is left to find out.
/// </summary>
internal sealed class LossOfProbabilities : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.LossOfProbabilities,
        title: "Binary cross entropy of probabilities",
        messageFormat: "'{0}' takes probabilities{1}{2}{3}: {4}; use '{5}' on the logits",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "In 16-bit, probabilities near 1 round to 1, which gives a wrong loss and a gradient of 0 or NaN. CUDA's autocast throws. The version that takes logits computes sigmoid and logarithm in one float32 step.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.LossOfProbabilities));

    /// <summary>Whether a row is that of such a loss.</summary>
    public static bool Takes(Operation operation) => operation.Has(OperationTraits.Loss) && operation.Cuda is AutocastPolicy.Banned;

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => Takes(operation);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.Input is null || context.Invocation!.Arguments.FirstOrDefault(static argument => argument.Parameter?.Ordinal == 0)?.Value is not { } probabilities)
        {
            return;
        }

        var member = StableMembers.WithLogits(context.Row!);
        var fact = context.Flow.Of(probabilities);
        var isBanned = IsBanned(context, fact);
        if ((isBanned ? new Finding(context.Flow.RegionAt(context.Operation).Dtypes, Devices.Any, null) : fact.In(Dtypes.SixteenBit)) is not { } finding)
        {
            return;
        }

        var moved = Logits(context, probabilities) is { } logits ? new List<IOperation> { probabilities, logits } : [];
        var is16Bit = !isBanned && moved is [_, var input] && Is16Bit(context, input);
        if (is16Bit && context.Argument("target") is { } target && Is16Bit(context, target))
        {
            moved.Add(target);
        }

        if (moved.Count > 0 && ExchangeableField.MakerOf(context.Invocation!.Instance, context) is { } maker)
        {
            moved.Add(maker);
        }

        context.ReportMoving(
            moved,
            Rule,
            finding,
            severity: null,
            is16Bit ? CastBack.Of(context.Operation, context.Flow) : null,
            member + (is16Bit ? StableFix.Cast : ""),
            context.Name,
            isBanned ? "" : $" in {finding.Dtypes.ToText()}",
            isBanned ? "" : finding.Where,
            isBanned ? "" : context.OriginText(finding.Origin),
            isBanned
                ? "CUDA's autocast throws"
                : "values near 1 round to 1, which gives a wrong loss and a gradient of 0 or NaN",
            member);
    }

    /// <summary>Whether it throws on CUDA: in a region that may be one of CUDA, and not through a marked member, which leaves the region.</summary>
    private static bool IsBanned(OperationContext context, DtypeFact fact)
        => context.Flow.RegionAt(context.Operation).Kind is RegionKind.Autocast
            && fact.Values.Any(static value => value.Scenario.Devices.HasFlag(Devices.Cuda))
            && FullPrecisionMember.Of(context.Invocation!.Instance) is null;

    /// <summary>What goes into the sigmoid; null where none is seen, or the loss cannot be exchanged where it stands.</summary>
    private static IOperation? Logits(OperationContext context, IOperation probabilities)
        => (context.Row!.Member != OperationTable.Forward
                || context.Invocation!.Instance?.WithoutConversions() is IInvocationOperation
                || ExchangeableField.MakerOf(context.Invocation.Instance, context) is not null)
            && Compositions.Step(probabilities, OperationTraits.Sigmoid) is (var sigmoid, _, var logits)
            && StableFix.CanBeRead(logits, sigmoid, context.Operation)
                ? logits
                : null;

    private static bool Is16Bit(OperationContext context, IOperation tensor) => context.Flow.Of(tensor).In(Dtypes.SixteenBit) is not null;
}
