using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1010: whole numbers, positions and other numbers in equal steps become 16-bit: made so by a factory, by a cast, or because they meet a
/// 16-bit tensor. A warning where the code shows that there are more than the dtype tells apart; else information.
/// </summary>
internal sealed class PositionsIn16Bit : IOperationRule
{
    /// <summary>Up to this many equal steps from 0 stay different: 2⁸, and 2¹¹.</summary>
    private const double BFloat16Steps = 256, Float16Steps = 2048;

    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.PositionsIn16Bit,
        title: "Positions or whole numbers in 16-bit",
        messageFormat: "'{0}' {1} {2}{3}{4} for {5}: only the first {6} stay distinct; {7}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "BFloat16 has every integer up to 256, Float16 up to 2048. Beyond that, neighbouring positions, indices and grid cells round to the same value.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.PositionsIn16Bit));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => Factory.WithSteps.Concat(Casts.All);

    /// <inheritdoc/>
    public bool Concerns(Operation operation)
        => !operation.Has(OperationTraits.InPlace) && operation.Has(OperationTraits.Sum | OperationTraits.Multiplication | OperationTraits.Division);

    private const string Remedy = "keep them in float32 or as integers, and cast the result";

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.Row is not null)
        {
            AnalyzeStored(context);
        }
        else if (context.ResultIn(Dtypes.Integer) is not null)
        {
            AnalyzeReturn(context);
            return;
        }

        if (context.ResultIn(Dtypes.SixteenBit) is not { } finding)
        {
            return;
        }

        if (context.Row is not null)
        {
            AnalyzeMeeting(context, finding);
        }
        else if (context.Invocation is { } call)
        {
            var isFactory = Factory.StepsOf(context.Method.Name) is not null;
            var source = isFactory ? call : call.Receiver();

            // What is 16-bit already was reported where it became so.
            if (source is not null && (isFactory || context.Flow.Of(source).In(Dtypes.SixteenBit) is null) && new Positions(context).Of(source) is { } steps)
            {
                var dtype = isFactory ? call.Arguments.FirstOrDefault(static argument => argument.Value.Type?.IsScalarType() == true)?.Value : null;
                Report(context, finding, steps, [dtype ?? call]);
            }
        }
    }

    /// <summary>Integers beside a 16-bit tensor: libtorch converts them to its dtype.</summary>
    private static void AnalyzeMeeting(OperationContext context, Finding finding)
    {
        var operands = context.Tensors.ToArray();
        foreach (var operand in operands)
        {
            if (context.Flow.Of(operand).Where(static value => value.Dtypes.AreAllIn(Dtypes.Integer) && value.Rank is Rank.Positive) is not null
                && new Positions(context).Of(operand) is { } steps)
            {
                Report(context, finding, steps, operands.Where(other => other != operand));
                return;
            }
        }
    }

    /// <summary>Integers that went through 16-bit on their way to integers, as indices do.</summary>
    private static void AnalyzeReturn(OperationContext context)
    {
        if (context.Invocation?.Receiver() is { } rounded
            && context.Flow.Of(rounded).In(Dtypes.SixteenBit) is { } finding
            && context.Behind(rounded) is IInvocationOperation cast && Casts.Contains(cast.TargetMethod.Name)
            && cast.Receiver() is { } whole
            && context.Flow.Of(whole).In(Dtypes.Integer & ~(Dtypes.Byte | Dtypes.Int8)) is not null
            && new Positions(context).Of(whole) is null)
        {
            context.ReportUnlessCastBackAtOnce(
                [],
                Rule,
                finding,
                DiagnosticSeverity.Info,
                context.Name,
                "takes",
                finding.Dtypes.ToText(),
                finding.Where,
                context.OriginText(finding.Origin),
                "values that were integers",
                Constants.ToText(LimitOf(finding)),
                "keep them integers");
        }
    }

    /// <summary>A grid or another table of steps in a member that the storage makes 16-bit.</summary>
    private static void AnalyzeStored(OperationContext context)
    {
        foreach (var operand in context.Tensors.Select(static operand => operand.WithoutConversions()))
        {
            if (StoredTensor.Find(operand, context) is { } stored
                && stored with { Dtypes = stored.Dtypes & Dtypes.SixteenBit } is var finding
                && new Positions(context).Of(operand) is { Count: { } count } && count > LimitOf(finding))
            {
                var name = ((IMemberReferenceOperation)operand).Member.Name;
                context.ReportMember(
                    [operand],
                    CastBack.Of(context.Operation, context.Flow),
                    Rule,
                    finding,
                    context.Name,
                    "takes",
                    finding.Dtypes.ToText(),
                    finding.Where,
                    $" (stored in '{name}')",
                    $"{Constants.ToText(Math.Round(count))} evenly spaced values",
                    Constants.ToText(LimitOf(finding)),
                    $"mark '{name}' [FullPrecision]");
                return;
            }
        }
    }

    private static double LimitOf(Finding finding) => finding.Dtypes.Overlaps(Dtypes.BFloat16) ? BFloat16Steps : Float16Steps;

    private static void Report(OperationContext context, Finding finding, Steps steps, IEnumerable<IOperation> expressions)
    {
        var limit = LimitOf(finding);
        if (steps.Count <= limit)
        {
            return;
        }

        context.ReportUnlessCastBackAtOnce(
            expressions,
            Rule,
            finding,
            steps.Count is null ? DiagnosticSeverity.Info : null,
            context.Name,
            "gives",
            finding.Dtypes.ToText(),
            finding.Where,
            context.OriginText(finding.Origin),
            steps.Count is { } count ? $"{Constants.ToText(Math.Round(count))} evenly spaced values" : "positions",
            Constants.ToText(limit),
            Remedy);
    }
}
