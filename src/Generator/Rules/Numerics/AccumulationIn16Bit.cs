using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1011: something is added to a 16-bit tensor again and again: in a loop, or to what outlives the method. A residual stream is not meant,
/// to which each layer adds once: only scalars, counts, moving averages, and what begins blank.
/// </summary>
internal sealed class AccumulationIn16Bit : IOperationRule
{
    /// <summary>Moving averages take less than this of what is new.</summary>
    private const double LargestWeight = 0.1;

    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.AccumulationIn16Bit,
        title: "Accumulation in 16-bit",
        messageFormat: "'{0}' accumulates in {1}{2}{3}: {4}; {5}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "An addend smaller than half of the sum's last bit is lost. BFloat16 counts to 256, Float16 to 2048, and a moving average stalls.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.AccumulationIn16Bit));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => operation.Has(OperationTraits.Sum | OperationTraits.Interpolation | OperationTraits.Accumulation);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (Accumulator.Of(context) is not { } accumulator)
        {
            return;
        }

        var target = accumulator.Target.WithoutConversions();
        if (StoredTensor.Find(target, context) is { } stored && accumulator.IsInPlace)
        {
            var name = ((IMemberReferenceOperation)target).Member.Name;
            var dtypes = stored.Dtypes & Dtypes.SixteenBit;
            context.ReportMember(
                [target, .. CastTogether(accumulator, context)],
                back: null,
                Rule,
                stored,
                context.Name,
                $"'{name}', which is stored in {dtypes.ToText()}",
                stored.Where,
                "",
                Consequence(accumulator, dtypes, context),
                $"mark '{name}' [FullPrecision]");
        }
        else if (context.Flow.Of(target).In(Dtypes.SixteenBit) is { } finding && IsRepeated(accumulator, target, context))
        {
            context.ReportUnlessCastBackAtOnce(
                Repairs(accumulator, target, context),
                Rule,
                finding,
                null,
                context.Name,
                finding.Dtypes.ToText(),
                finding.Where,
                context.OriginText(finding.Origin),
                Consequence(accumulator, finding.Dtypes, context),
                "accumulate in float32");
        }
    }

    /// <summary>Whether it reports an operation.</summary>
    public static bool Reports(OperationContext context)
        => Accumulator.Of(context) is { } accumulator
            && accumulator.Target.WithoutConversions() is var target
            && (StoredTensor.Find(target, context) is not null || IsRepeated(accumulator, target, context));

    private static string Consequence(Accumulator accumulator, Dtypes dtypes, OperationContext context)
    {
        var steps = dtypes.Overlaps(Dtypes.BFloat16) ? 256 : 2048;
        return IsCount(accumulator) ? $"it stops counting at {steps}"
            : IsAverage(accumulator, context) ? $"updates below 1/{2 * steps} of the value are lost, and the average stalls"
            : $"addends below 1/{2 * steps} of the sum are lost";
    }

    /// <summary>Whether the same tensor is added to more than once, and is one to which little is added each time.</summary>
    private static bool IsRepeated(Accumulator accumulator, IOperation target, OperationContext context)
    {
        if (!(target is ILocalReferenceOperation ? IsFromOutsideOfLoop(target) : Outlives(target)))
        {
            return false;
        }

        return IsCount(accumulator)
            || IsAverage(accumulator, context)
            || IsScalar(target, context)
            || accumulator.Added is { } added && (IsScalar(added, context)
                || ((IsBlankAtFirst(target, context) || target is not ILocalReferenceOperation) && !IsOfLayer(added, context)));
    }

    /// <summary>A field, a property or an element lives on after the method: but of elements, those that a loop visits one by one are new each time.</summary>
    private static bool Outlives(IOperation target) => target switch
    {
        IFieldReferenceOperation or IPropertyReferenceOperation { Property.IsIndexer: false } => !IsInConstructor(target),
        IPropertyReferenceOperation or IArrayElementReferenceOperation
            => Loops(target).Any(loop => !target.Descendants().Any(index => index is ILocalReferenceOperation { Local: var local } && IsDeclaredIn(local, loop))),
        _ => false,
    };

    private static bool IsInConstructor(IOperation operation) => operation.Root() is IConstructorBodyOperation or IFieldInitializerOperation;

    private static bool IsFromOutsideOfLoop(IOperation target)
        => target is ILocalReferenceOperation { Local: var local } && Loops(target).Any(loop => !IsDeclaredIn(local, loop));

    private static bool IsDeclaredIn(ILocalSymbol local, IOperation loop)
        => local.DeclaringSyntaxReferences.Any(declaration => loop.Syntax.Span.Contains(declaration.Span));

    private static IEnumerable<IOperation> Loops(IOperation operation)
    {
        for (var current = operation.Parent; current is not null and not IAnonymousFunctionOperation and not ILocalFunctionOperation; current = current.Parent)
        {
            if (current is ILoopOperation)
            {
                yield return current;
            }
        }
    }

    private static bool IsCount(Accumulator accumulator)
        => accumulator.Added?.WithoutConversions().ConstantValue is { HasValue: true, Value: int or long or float or double };

    /// <summary>A part of what is new takes the place of the same part of what is there: the weight is small, or written as one minus another.</summary>
    private static bool IsAverage(Accumulator accumulator, OperationContext context) => context.Row!.Has(OperationTraits.Interpolation)
        ? IsSmall(context.Argument("weight"), context)
        : context.Argument("alpha") is { } factor ? IsSmall(factor, context) && IsDecayed(context)
        : accumulator.Added?.WithoutConversions() is IBinaryOperation { OperatorKind: BinaryOperatorKind.Multiply, LeftOperand: var left, RightOperand: var right }
            && (IsSmall(left, context) || IsSmall(right, context)) && IsDecayed(context);

    /// <summary>Whether what is added to is scaled first.</summary>
    private static bool IsDecayed(OperationContext context) => context.Operation switch
    {
        IInvocationOperation { Instance: { } receiver }
            => receiver.WithoutConversions() is IInvocationOperation call && OperationTable.Find(call.TargetMethod)?.Has(OperationTraits.Multiplication) == true,
        IBinaryOperation => true, // a = a * d + x * (1 - d)
        _ => false,
    };

    private static bool IsSmall(IOperation? weight, OperationContext context)
        => weight is not null && (new Positions(context).Number(weight) is { } number
            ? Math.Abs(number) <= LargestWeight
            : context.Behind(weight) is IBinaryOperation { OperatorKind: BinaryOperatorKind.Subtract, LeftOperand: var one }
                && new Positions(context).Number(one) == 1);

    private static bool IsScalar(IOperation tensor, OperationContext context)
        => context.Flow.Of(tensor).Where(static value => value.Rank is Rank.Zero) is not null
            || context.Behind(tensor) is IInvocationOperation call && OperationTable.Find(call.TargetMethod, call.Instance?.Type)?.Has(OperationTraits.Loss) == true;

    private static bool IsBlankAtFirst(IOperation target, OperationContext context)
        => Initial(target, context) is IInvocationOperation { TargetMethod: var method } && method.IsTorchSharps() && Factory.MakesBlank(method.Name);

    private static bool IsOfLayer(IOperation added, OperationContext context)
        => Sources.Of(added, context).Any(static source => source is IInvocationOperation { TargetMethod.Name: OperationTable.Call or OperationTable.Forward });

    /// <summary>What a local variable is declared with.</summary>
    private static IOperation? Initial(IOperation target, OperationContext context)
        => target is ILocalReferenceOperation { Local: var local }
            ? context.Flows.BodyOf(target.Root(), context.CancellationToken).Variables.Find(local)?.Initial?.WithoutConversions()
            : null;

    /// <summary>Whether the accumulator comes to something that takes one dtype only, other than the operation itself.</summary>
    private static bool IsTaken(ILocalSymbol local, IOperation target, OperationContext context)
        => target.Root().Descendants().Any(operation => operation is ILocalReferenceOperation { Local: var named }
            && operation.Syntax != target.Syntax
            && SymbolEqualityComparer.Default.Equals(named, local)
            && new Takers(context.Flow.RegionAt(target).Kind, context.Flow).Reach(operation));

    /// <summary>What has to become float32 together with the accumulator, where the operation takes one dtype only.</summary>
    private static IEnumerable<IOperation> CastTogether(Accumulator accumulator, OperationContext context)
        => accumulator is { IsInPlace: true, Added: { } added }
            && context.Row!.Has(OperationTraits.NoMixedDtypes)
            && context.Flow.Of(added).In(Dtypes.SixteenBit) is not null
            ? [added]
            : [];

    /// <summary>The dtype of the factory that the accumulator begins with; else what is added, where that makes the next sum float32.</summary>
    private static IEnumerable<IOperation> Repairs(Accumulator accumulator, IOperation target, OperationContext context)
    {
        if (target is not ILocalReferenceOperation { Local: var local } || IsTaken(local, target, context))
        {
            return [];
        }

        if ((Initial(target, context) as IInvocationOperation)?.Arguments
            .FirstOrDefault(static argument => argument.Value.Type?.IsScalarType() == true && argument.ArgumentKind is ArgumentKind.Explicit) is { Value: var dtype })
        {
            return [dtype, .. CastTogether(accumulator, context)];
        }

        var (sum, added) = (context.Flow.Of(target), accumulator.Added is { } value ? context.Flow.Of(value) : DtypeFact.Unknown);
        return !accumulator.IsInPlace
            && added.In(Dtypes.SixteenBit) is not null
            && (sum.Where(static value => value.Rank is Rank.Zero) is not null || added.Where(static value => value.Rank is Rank.Positive) is not null)
                ? [accumulator.Added!]
                : [];
    }
}
