using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Transfer;

/// <summary>Whether results have dimensions.</summary>
internal static class Ranks
{
    /// <summary>The rank of a member's result.</summary>
    public static Rank Of(Operation operation, CallValues call, IReadOnlyList<Promotion.Operand> tensors) => operation.Rank switch
    {
        ResultRank.Some => Rank.Positive,
        ResultRank.Unknown when ListsSizes(call) => Rank.Positive,
        ResultRank.Unknown when operation.Has(OperationTraits.Loss) && IsMean(call) => Rank.Zero,
        ResultRank.Unknown => Rank.Unknown,
        ResultRank.Reduced => tensors.Count == 1 && NamesNoDimensions(call) ? Rank.Zero : Rank.Unknown,
        _ when operation.Result is ResultDtype.Promoted or ResultDtype.Bool => OfPointwise(tensors),
        _ => tensors.Count > 0 ? tensors[0].Rank : Rank.Unknown,
    };

    /// <summary>The rank of an operation that works element by element: the result has dimensions if an operand has some.</summary>
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

    /// <summary>Whether a call gives sizes one by one: to <c>view</c> and <c>reshape</c>.</summary>
    private static bool ListsSizes(CallValues call)
    {
        foreach (var argument in call.Invocation.Arguments)
        {
            if (argument is { ArgumentKind: ArgumentKind.ParamArray, Parameter.Name: "shape", Value: IArrayCreationOperation { Initializer.ElementValues.Length: > 0 } })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a loss is left to the reduction that it has by default, which is the mean.</summary>
    private static bool IsMean(CallValues call) => call.Argument("reduction") is { ArgumentKind: ArgumentKind.DefaultValue };

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
