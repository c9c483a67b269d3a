using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;

namespace Precision.Generator.Flow;

/// <summary>Whether results have dimensions.</summary>
internal static class Ranks
{
    /// <summary>Members that may take all dimensions away, or give some.</summary>
    private static readonly HashSet<string> Reshaping = new(StringComparer.Ordinal)
    {
        "squeeze", "select", "view", "reshape", "index", "take", "trace", "det", "logdet", "slogdet", "dot", "vdot", "inner", "tensordot",
        "einsum", "matmul", "multi_dot", "unbind", "vecdot", "as_strided", "masked_select", "count_nonzero", "dist", "cond", "where",
    };

    private static readonly HashSet<string> Reducing = new(StringComparer.Ordinal)
    {
        "sum", "prod", "mean", "max", "min", "amax", "amin", "aminmax", "all", "any", "norm", "std", "var", "std_mean", "var_mean", "median", "nanmedian", "mode", "argmax",
        "argmin", "logsumexp", "nansum", "quantile", "nanquantile", "vector_norm", "matrix_norm", "kthvalue", "nanmean",
    };

    private static readonly HashSet<string> Widening = new(StringComparer.Ordinal)
    {
        "unsqueeze", "stack", "cat", "concat", "flatten", "ravel", "atleast_1d", "atleast_2d", "atleast_3d", "repeat", "one_hot", "mm", "bmm", "nonzero", "vstack", "hstack", "outer", "linear",
    };

    /// <summary>Of a member's result.</summary>
    public static Rank Of(Operation operation, CallValues call, IReadOnlyList<Promotion.Operand> tensors)
    {
        var member = operation.Member;
        if (operation.Has(OperationTraits.Convolution | OperationTraits.Normalisation | OperationTraits.Attention | OperationTraits.Recurrent) || Widening.Contains(member)
            || operation.Type is "TorchSharp.Modules.Linear" or "TorchSharp.Modules.Embedding")
        {
            return Rank.Positive;
        }

        if (member is "view" or "reshape" && call.Invocation.Arguments.Any(static argument => argument.ArgumentKind is ArgumentKind.ParamArray
            && argument.Value is IArrayCreationOperation { Initializer.ElementValues.Length: > 0 }))
        {
            return Rank.Positive; // sizes one by one
        }

        if (operation.Has(OperationTraits.Loss) && call.Argument("reduction") is { ArgumentKind: ArgumentKind.DefaultValue })
        {
            return Rank.Zero; // the mean
        }

        if (operation.Has(OperationTraits.Loss) || Reshaping.Contains(member))
        {
            return Rank.Unknown;
        }

        if (Reducing.Contains(member))
        {
            return tensors.Count == 1 && call.Invocation.Arguments.All(static argument => argument.Parameter?.Type is { } type
                    && (type.IsTensorOrDerived() || argument.Parameter.Name is "type" or "dtype"))
                ? Rank.Zero
                : Rank.Unknown;
        }

        return operation.Result is ResultDtype.Promoted or ResultDtype.Bool
            ? OfPointwise(tensors)
            : tensors.Count > 0 ? tensors[0].Rank
            : Rank.Unknown;
    }

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
}
