using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Transfer;

/// <summary>Whether results have dimensions.</summary>
internal static class Ranks
{
    /// <summary>Of a member's result.</summary>
    public static Rank Of(Operation operation, CallValues call, IReadOnlyList<Promotion.Operand> tensors) => operation.Rank switch
    {
        ResultRank.Some => Rank.Positive,
        ResultRank.Unknown => Rank.Unknown,
        ResultRank.Reduced => tensors.Count == 1 && NamesNoDimensions(call) ? Rank.Zero : Rank.Unknown,
        _ when operation.Result is ResultDtype.Promoted or ResultDtype.Bool => OfPointwise(tensors),
        _ => tensors.Count > 0 ? tensors[0].Rank : Rank.Unknown,
    };

    /// <summary>Of an operation element by element: operands with dimensions give theirs to the result.</summary>
    public static Rank OfPointwise(IReadOnlyList<Promotion.Operand> operands)
    {
        var rank = Rank.Zero;
        for (var i = 0; i < operands.Count; i++)
        {
            if (operands[i].Rank is Rank.Positive)
            {
                return Rank.Positive;
            }

            rank = operands[i].Rank is Rank.Unknown ? Rank.Unknown : rank;
        }

        return rank;
    }

    private static bool NamesNoDimensions(CallValues call)
    {
        foreach (var argument in call.Invocation.Arguments)
        {
            if (argument.Parameter?.Type is not { } type || !(type.IsTensorOrDerived() || type.IsScalarType()))
            {
                return false;
            }
        }

        return true;
    }
}
