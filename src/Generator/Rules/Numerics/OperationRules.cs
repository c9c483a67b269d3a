using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;

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
        new LossIn16Bit(),
        new ConstantOutOfRange(),
        new EpsilonVanishes(),
        new ProductOfTwoDtypes(),
        new LayerOfAnotherDtype(),
        new SixteenBitIsAskedFor(),
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

    /// <summary>Whether a member of this name may concern a rule.</summary>
    public static bool MayConcern(string member) => Members.Contains(member);

    /// <summary>The rules that look at a member of TorchSharp.</summary>
    /// <param name="member">Its name.</param>
    /// <param name="row">Its row in the table, if it has one.</param>
    public static IOperationRule[] Of(string member, Operation? row)
        => (row is null ? ByOtherMember.TryGetValue(member, out var rules) : ByRow.TryGetValue(row, out rules)) ? rules : None;

    /// <summary>Rows are single objects; comparing their contents would take longer than the rest.</summary>
    private sealed class SameRow : IEqualityComparer<Operation>
    {
        public bool Equals(Operation x, Operation y) => ReferenceEquals(x, y);

        public int GetHashCode(Operation row) => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(row);
    }
}
