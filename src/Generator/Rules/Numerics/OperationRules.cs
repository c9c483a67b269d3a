using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Lists;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>Every rule about operations, and which of them look at what. The first question is cheap: most calls concern none.</summary>
internal static class OperationRules
{
    /// <summary>The rules.</summary>
    public static readonly IOperationRule[] All =
    [
        new SoftmaxIn16Bit(),
        new ReductionIn16Bit(),
        new OverflowInFloat16(),
        new LogarithmIn16Bit(),
        new LossIn16Bit(),
        new LossOfProbabilities(),
        new ConstantOutOfRange(),
        new EpsilonVanishes(),
        new ProductOfTwoDtypes(),
        new LayerOfAnotherDtype(),
        new PositionsIn16Bit(),
        new AccumulationIn16Bit(),
        new UnstableComposition(),
        new ScalingAfterProduct(),
        new StatisticsIn16Bit(),
        new Float32IsLost(),
        new SixteenBitIsAskedFor(),
        new EqualityIn16Bit(),
        new AnglesIn16Bit(),
    ];

    private static readonly IOperationRule[] None = [];

    private static readonly Dictionary<Operation, IOperationRule[]> ByRow = OperationTable.All
        .Select(static row => (row, rules: All.Where(rule => rule.Concerns(row)).ToArray()))
        .Where(static pair => pair.rules.Length > 0)
        .ToDictionary(static pair => pair.row, static pair => pair.rules, new SameRow());

    private static readonly Dictionary<string, IOperationRule[]> ByOtherMember = All
        .SelectMany(static rule => rule.OtherMembers.Select(member => (member, rule)))
        .GroupBy(static pair => pair.member, StringComparer.Ordinal)
        .ToDictionary(static group => group.Key, static group => group.Select(static pair => pair.rule).ToArray(), StringComparer.Ordinal);

    private static readonly HashSet<string> Members = new(
        ByRow.Keys.Select(static row => row.Member).Concat(ByOtherMember.Keys).Concat([OperationTable.Call]),
        StringComparer.Ordinal);

    /// <summary>Asks the rules that look at the member or operator that an operation calls.</summary>
    public static void Analyze(RuleRun run, FlowContext flows)
    {
        var (method, receiver) = run.Operation switch
        {
            IInvocationOperation invocation => (invocation.TargetMethod, invocation.Instance?.Type),
            IBinaryOperation binary => (binary.OperatorMethod, null),
            ICompoundAssignmentOperation assignment => (assignment.OperatorMethod, null),
            ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property: { IsIndexer: true, SetMethod: var setter } } } => (setter, null),
            _ => (null, null),
        };
        if (method is null || !Members.Contains(method.Name) || !method.IsTorchSharps())
        {
            return;
        }

        // What a list of the user's puts into float32 is no matter of 16-bit.
        if (run.Operation is IInvocationOperation call && flows.ListedCallOf(call) is { Dtype: ListedDtype.Float32 })
        {
            return;
        }

        var row = OperationTable.Find(method, receiver);
        var rules = Of(method.Name, row);
        if (rules.Length == 0 || flows.FlowAround(run.Operation, run.Owner, run.Token) is not { } flow)
        {
            return;
        }

        var operation = new OperationContext(run, method, row, flow, flows);
        foreach (var rule in rules)
        {
            rule.Analyze(operation);
        }
    }

    /// <summary>The rules that look at a member of TorchSharp.</summary>
    /// <param name="member">Its name.</param>
    /// <param name="row">Its row in the table, if it has one.</param>
    private static IOperationRule[] Of(string member, Operation? row)
        => (row is null ? ByOtherMember.TryGetValue(member, out var rules) : ByRow.TryGetValue(row, out rules)) ? rules : None;

    /// <summary>Rows are single objects; comparing their contents would take longer than the rest.</summary>
    private sealed class SameRow : IEqualityComparer<Operation>
    {
        public bool Equals(Operation x, Operation y) => ReferenceEquals(x, y);

        public int GetHashCode(Operation row) => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(row);
    }
}
