using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1018: angles of rotary, sinusoidal and Fourier embeddings that are 16-bit, or were, or whose frequencies are stored in 16-bit. An angle of
/// many turns has no digits left for what counts, its part of the last turn. What a layer gives is no such angle.
/// </summary>
internal sealed class AnglesIn16Bit : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.AnglesIn16Bit,
        title: "Angles in 16-bit",
        messageFormat: "'{0}' {1} {2}{3}{4}: {5}; {6}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Only the fraction of the last turn matters. BFloat16 rounds an angle of 1000 by up to 2, Float16 by up to 0.25, so rotary and sinusoidal embeddings of distant positions become arbitrary.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.AnglesIn16Bit));

    private const string Consequence = "large angles are rounded by a sizeable part of a turn";

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => Casts.All;

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => operation.Has(OperationTraits.Angle);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.Row is null)
        {
            AnalyzeCast(context);
            return;
        }

        if (context.Input is not { } input)
        {
            return;
        }

        var sources = Sources.Of(input, context);
        var isStored = AnalyzeStored(context, sources);
        if (!isStored && context.Flow.Of(input).In(Dtypes.SixteenBit) is { } finding && IsAngle(input, sources, context))
        {
            Report(context, finding, sources, "takes angles in");
        }
    }

    /// <summary>Angles that were 16-bit before they became float32.</summary>
    private static void AnalyzeCast(OperationContext context)
    {
        if (context.Invocation is { } cast
            && cast.Receiver() is { } angles
            && context.ResultIn(Dtypes.Float32 | Dtypes.Float64) is not null
            && context.Flow.Of(angles).In(Dtypes.SixteenBit) is { } finding
            && Sources.Of(angles, context) is var sources
            && !sources.Any(source => StoredTensor.Find(source, context) is not null)
            && IsAngle(angles, sources, context)
            && AnglesAround(context).Any(angle => Sources.Of(angle, context).Any(source => source.Syntax == cast.Syntax)))
        {
            Report(context, finding, sources, "casts angles that were already rounded to");
        }
    }

    /// <summary>Frequencies in a member that is stored in 16-bit, at the first place of a body that takes them for angles.</summary>
    private static bool AnalyzeStored(OperationContext context, IReadOnlyList<IOperation> sources)
    {
        var stored = sources.Where(source => StoredTensor.Find(source, context) is not null && !IsLearned(source, context)).ToArray();
        foreach (var member in stored)
        {
            var isFirst = AnglesAround(context)
                .TakeWhile(angle => angle.Syntax.SpanStart < context.Input!.Syntax.SpanStart)
                .All(angle => Sources.Of(angle, context).All(source => source.Syntax != member.Syntax));
            if (isFirst && StoredTensor.Find(member, context) is { } finding)
            {
                var name = ((IMemberReferenceOperation)member).Member.Name;
                context.ReportMember(
                    [member],
                    CastBack.Of(context.Operation, context.Flow) is null ? null : new CastBack(context.Operation, Dtype: null), // other angles need one too
                    Rule,
                    finding,
                    context.Name,
                    $"takes angles computed from '{name}', which is stored in",
                    (finding.Dtypes & Dtypes.SixteenBit).ToText(),
                    finding.Where,
                    "",
                    Consequence,
                    $"mark '{name}' [FullPrecision]");
            }
        }

        return stored.Length > 0;
    }

    private static void Report(OperationContext context, Finding finding, IReadOnlyList<IOperation> sources, string does)
    {
        // Factors in float32 help an elementwise product; autocast's matrix products cast them again.
        var product = sources.FirstOrDefault(static source => Row(source) is { } row
            && row.Has(OperationTraits.Multiplication | OperationTraits.Division | OperationTraits.MatrixProduct));
        var isCastAgain = product is IInvocationOperation && Row(product) is { Cuda: AutocastPolicy.LowerPrecision }
            && context.Flow.RegionAt(context.Operation).Kind is RegionKind.Autocast or RegionKind.Uncertain;
        var factors = product is null || isCastAgain || product.Root() != context.Operation.Root() ? []
            : Operands(product).Where(factor => context.Flow.Of(factor).In(Dtypes.SixteenBit) is not null).ToArray();
        context.ReportUnlessCastBackAtOnce(
            factors,
            Rule,
            finding,
            null,
            context.Name,
            does,
            finding.Dtypes.ToText(),
            finding.Where,
            context.OriginText(finding.Origin),
            Consequence,
            isCastAgain ? "compute them as an elementwise product of float32 factors, or in 'Autocast.Disable'" : "compute them in float32 and cast the result");
    }

    /// <summary>Whether something shows an angle: positions, a factor of π, or a product that no layer computes. Positions themselves are PRC1010's.</summary>
    private static bool IsAngle(IOperation input, IReadOnlyList<IOperation> sources, OperationContext context)
        => new Positions(context).Of(input) is null
            && sources.Any(source => IsOfSteps(source) || (Row(source) is { Member: not OperationTable.Forward } row
                && (row.Has(OperationTraits.MatrixProduct) || (row.Has(OperationTraits.Multiplication) && IsMultipleOfPi(source, context)))
                && !IsOfLayer(source, context)));

    /// <summary>Whether an operation makes numbers in equal steps.</summary>
    private static bool IsOfSteps(IOperation source)
        => source is IInvocationOperation { TargetMethod: var method } && method.IsTorchSharps() && Factory.StepsOf(method.Name) is not null;

    private static bool IsMultipleOfPi(IOperation product, OperationContext context)
        => product is IBinaryOperation { LeftOperand: var left, RightOperand: var right }
            && (new Positions(context).Number(left) ?? new Positions(context).Number(right)) is { } factor
            && Math.Abs(factor) >= Math.PI && Math.Abs(Math.IEEERemainder(factor, Math.PI)) < 1e-4;

    /// <summary>Whether a layer gives a factor: then the angle is learned, and not finer than the layer's result.</summary>
    private static bool IsOfLayer(IOperation product, OperationContext context)
        => Sources.Of(product, context).Any(static source => source is IInvocationOperation { TargetMethod.Name: OperationTable.Call or OperationTable.Forward });

    /// <summary>Whether a member's own value is none that is computed from steps: then nothing says that it holds frequencies.</summary>
    private static bool IsLearned(IOperation member, OperationContext context)
        => !Sources.Of(member, context).Any(IsOfSteps);

    /// <summary>What the body's functions of angles take, in the order of the text.</summary>
    private static IEnumerable<IOperation> AnglesAround(OperationContext context)
        => context.Operation.Root().Descendants().OfType<IInvocationOperation>()
            .Where(static call => Row(call)?.Has(OperationTraits.Angle) == true)
            .Select(static call => call.Instance ?? call.Arguments[0].Value)
            .OrderBy(static input => input.Syntax.SpanStart);

    private static Operation? Row(IOperation operation) => operation switch
    {
        IInvocationOperation call => OperationTable.Find(call.TargetMethod, call.Instance?.Type),
        IBinaryOperation { OperatorMethod: { } method } => OperationTable.Find(method),
        _ => null,
    };

    private static IEnumerable<IOperation> Operands(IOperation product) => product switch
    {
        IInvocationOperation call => call.Arguments.Select(static argument => argument.Value).Append(call.Instance).OfType<IOperation>(),
        IBinaryOperation binary => [binary.LeftOperand, binary.RightOperand],
        _ => [],
    };
}
