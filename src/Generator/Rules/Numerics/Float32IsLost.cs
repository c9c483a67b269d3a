using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1015: an operation in place with a float32 operand keeps the 16-bit dtype of what it writes, where the same out of place gives float32. So
/// does one that is given a 16-bit tensor for its result.
/// </summary>
internal sealed class Float32IsLost : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.Float32IsLost,
        title: "Float32 operand is lost in a 16-bit tensor",
        messageFormat: "'{0}' writes a Float32 operand into {1}{2}{3}: the result is rounded to 16-bit, while the out-of-place operation gives Float32; {4}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "An in-place operation keeps the dtype of the tensor it writes to, and autocast does not change that.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.Float32IsLost));

    private const string OutOfPlace = "use the out-of-place operation, or cast the operand if 16-bit is intended";

    /// <summary>What throws for two dtypes is PRC1009's, what overflows or is steep PRC1003's and PRC1004's. Bounds are no part of the result.</summary>
    private const OperationTraits OfOthers = OperationTraits.NoMixedDtypes | OperationTraits.MatrixProduct | OperationTraits.Overflow
        | OperationTraits.Logarithm | OperationTraits.Clamp;

    private static readonly HashSet<(string Type, string Member)> Promoting =
        [.. OperationTable.All.Where(static row => row.Result is ResultDtype.Promoted).Select(static row => (row.Type, row.Member))];

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => OutArgument.Members;

    /// <inheritdoc/>
    public bool Concerns(Operation operation)
        => operation.Has(OperationTraits.InPlace) && !operation.Has(OfOthers) && Promoting.Contains((operation.Type, operation.Member.TrimEnd('_')));

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.Row is null)
        {
            AnalyzeOut(context);
        }
        else if (context.Tensors.ToArray() is [var target, ..] operands
            && context.Flow.Of(target).In(Dtypes.SixteenBit) is { } finding
            && operands.Skip(1).Any(operand => IsFloat32(operand, context))
            && !AccumulationIn16Bit.Reports(context))
        {
            Report(context, finding, CanBeReplaced(target.WithoutConversions(), context) ? [target] : [], OutOfPlace);
        }
    }

    /// <summary>A function of float32 that writes into a 16-bit tensor.</summary>
    private static void AnalyzeOut(OperationContext context)
    {
        if (context.Argument(OutArgument.Parameter) is { } target
            && context.Flow.Of(target).In(Dtypes.SixteenBit) is { } finding
            && context.Tensors.Any(operand => operand != target && IsFloat32(operand, context)))
        {
            Report(context, finding, [], $"omit '{OutArgument.Parameter}'");
        }
    }

    private static bool IsFloat32(IOperation operand, OperationContext context)
        => context.Flow.Of(operand).Where(static value => value.Dtypes.AreAllIn(Dtypes.Float32 | Dtypes.Float64) && value.Rank is Rank.Positive) is not null;

    private static void Report(OperationContext context, Finding finding, IOperation[] replaced, string remedy)
        => context.ReportUnlessCastBackAtOnce(
            replaced,
            Rule,
            finding,
            null,
            context.Name,
            finding.Dtypes.ToText(),
            finding.Where,
            context.OriginText(finding.Origin),
            remedy);

    /// <summary>
    /// Whether the operation may be written out of place: what it writes is a value in between, or a local variable that no other tensor shares,
    /// which may become float32 from here on.
    /// </summary>
    private static bool CanBeReplaced(IOperation target, OperationContext context)
    {
        if (context.Flow.RegionAt(target).Kind is RegionKind.TrueSixteenBit)
        {
            return false;
        }

        if (target is not ILocalReferenceOperation { Local: { IsForEach: false, IsUsing: false } local })
        {
            return target is IInvocationOperation or IBinaryOperation && !IsShared(target);
        }

        var variable = context.Flows.BodyOf(target.Root(), context.CancellationToken).Variables.Find(local);
        return context.Operation.Parent is IExpressionStatementOperation
            && variable is { IsShared: false, IsReassigned: false, Initial: { } initial } && !IsShared(initial.WithoutConversions())
            && !target.Root().Descendants().Any(operation => operation is ILocalReferenceOperation { Local: var named }
                && SymbolEqualityComparer.Default.Equals(named, local)
                && (IsInFunction(operation)
                    || (operation.Syntax.SpanStart > target.Syntax.SpanStart && new Takers(context.Flow.RegionAt(target).Kind, context.Flow).Reach(operation))));
    }

    private static bool IsInFunction(IOperation operation)
    {
        for (var current = operation.Parent; current is not null; current = current.Parent)
        {
            if (current is IAnonymousFunctionOperation or ILocalFunctionOperation)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether another tensor may have the same memory: of a variable or a member, or of what is only laid out differently.</summary>
    private static bool IsShared(IOperation tensor) => tensor switch
    {
        IBinaryOperation => false,
        IInvocationOperation call when call.TargetMethod.IsTorchSharps()
            => OperationTable.Find(call.TargetMethod) is { } row ? row.Has(OperationTraits.Layout | OperationTraits.InPlace)
                : Factory.Find(call.TargetMethod.Name) is null && !Casts.Contains(call.TargetMethod.Name),
        _ => true,
    };
}
