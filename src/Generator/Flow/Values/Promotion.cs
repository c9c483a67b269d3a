namespace Precision.Generator.Flow.Values;

/// <summary>
/// libtorch's type promotion (c10/core/ScalarType.h, <c>promoteTypes</c>; aten/src/ATen/native/TypeProperties.cpp,
/// <c>result_type</c>) on sets of dtypes.
/// </summary>
internal static class Promotion
{
    /// <summary>One operand of an operation that promotes.</summary>
    /// <param name="Dtypes">Its dtypes. A number has those of <see cref="NumberValue"/>.</param>
    /// <param name="Rank">Whether it has dimensions.</param>
    /// <param name="IsNumber">Whether it is a number, which yields to tensors of any rank.</param>
    internal readonly record struct Operand(Dtypes Dtypes, Rank Rank, bool IsNumber = false)
    {
        public Operand(TensorDtype tensor)
            : this(tensor.Dtypes, tensor.Rank)
        {
        }

        public Operand(NumberValue number)
            : this(number.Kinds, Rank.Zero, IsNumber: true)
        {
        }
    }

    private const int Count = 13;

    private static readonly Dtypes[,] Pairs = CreatePairs();

    /// <summary>The dtypes that the result may have.</summary>
    public static Dtypes Of(IReadOnlyList<Operand> operands) => Of(operands, 0, Dtypes.None, Dtypes.None, Dtypes.None);

    /// <summary>The dtypes that two tensors of equal standing may promote to. A set that is empty leaves the other as it is.</summary>
    public static Dtypes Pair(Dtypes left, Dtypes right)
    {
        if (left is Dtypes.None || left == right && left.IsOne())
        {
            return right;
        }

        if (right is Dtypes.None)
        {
            return left;
        }

        if ((left | right).Overlaps(Dtypes.Other))
        {
            return Dtypes.Any;
        }

        var result = Dtypes.None;
        for (var i = 0; i < Count; i++)
        {
            for (var j = 0; j < Count; j++)
            {
                if (left.Overlaps((Dtypes)(1 << i)) && right.Overlaps((Dtypes)(1 << j)))
                {
                    result |= Pairs[i, j];
                }
            }
        }

        return result;
    }

    private static Dtypes Of(IReadOnlyList<Operand> operands, int index, Dtypes dimensioned, Dtypes zero, Dtypes number)
    {
        for (; index < operands.Count; index++)
        {
            var operand = operands[index];
            if (operand.Dtypes.Overlaps(Dtypes.Other))
            {
                return Dtypes.Any;
            }

            if (operand.IsNumber)
            {
                number = Pair(number, operand.Dtypes);
                continue;
            }

            if (operand.Rank is Rank.Unknown)
            {
                return Of(operands, index + 1, Pair(dimensioned, operand.Dtypes), zero, number)
                    | Of(operands, index + 1, dimensioned, Pair(zero, operand.Dtypes), number);
            }

            (dimensioned, zero) = operand.Rank is Rank.Positive
                ? (Pair(dimensioned, operand.Dtypes), zero)
                : (dimensioned, Pair(zero, operand.Dtypes));
        }

        return Combine(dimensioned, Combine(zero, number));
    }

    /// <summary>Operands of a lower standing matter only where they are of a higher category: bool, integer, floating, complex.</summary>
    private static Dtypes Combine(Dtypes higher, Dtypes lower)
    {
        if (higher is Dtypes.None || lower is Dtypes.None)
        {
            return higher | lower;
        }

        var result = higher & Dtypes.Complex;
        foreach (var low in lower.Each())
        {
            var isComplex = low.Overlaps(Dtypes.Complex);
            result |= isComplex ? Pair(higher & Dtypes.Floating, Dtypes.ComplexFloat16) : higher & Dtypes.Floating;
            if (isComplex || low.Overlaps(Dtypes.Floating))
            {
                result |= higher.Overlaps(Dtypes.Integral) ? low : Dtypes.None;
                continue;
            }

            result |= higher & Dtypes.Integer;
            if (higher.Overlaps(Dtypes.Bool))
            {
                result |= low;
            }
        }

        return result;
    }

    private static Dtypes[,] CreatePairs()
    {
        var pairs = new Dtypes[Count, Count];
        for (var i = 0; i < Count; i++)
        {
            for (var j = 0; j < Count; j++)
            {
                pairs[i, j] = OfPair((Dtypes)(1 << Math.Min(i, j)), (Dtypes)(1 << Math.Max(i, j)));
            }
        }

        return pairs;
    }

    private static Dtypes OfPair(Dtypes low, Dtypes high) => (low, high) switch
    {
        (Dtypes.Byte, Dtypes.Int8) => Dtypes.Int16,
        (Dtypes.Float16, Dtypes.BFloat16) => Dtypes.Float32,
        (Dtypes.BFloat16 or Dtypes.Float32, Dtypes.ComplexFloat16) => Dtypes.ComplexFloat32,
        (Dtypes.Float64, Dtypes.ComplexFloat16 or Dtypes.ComplexFloat32) => Dtypes.ComplexFloat64,
        _ => high,
    };
}
