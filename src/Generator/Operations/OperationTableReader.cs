using System.Collections.Immutable;
using System.Globalization;

namespace Precision.Generator.Operations;

/// <summary>Reads <c>operations.tsv</c>, whose columns docs/operations.md describes.</summary>
internal static class OperationTableReader
{
    private const int ColumnCount = 15;

    /// <exception cref="FormatException">A line has a wrong number of columns or an unknown word.</exception>
    public static ImmutableArray<Operation> Read(TextReader reader)
    {
        var operations = ImmutableArray.CreateBuilder<Operation>();
        reader.ReadLine(); // The columns' names.
        while (reader.ReadLine() is { } line)
        {
            var columns = line.Split('\t');
            if (columns.Length != ColumnCount)
            {
                throw new FormatException($"'{line}' has {columns.Length} columns instead of {ColumnCount}.");
            }

            operations.Add(new Operation(
                columns[0],
                columns[1],
                columns[2].Length == 0 ? default : [.. columns[2].Split(',')],
                Policy(columns[3]),
                Policy(columns[4]),
                Result(columns[5]),
                Integers(columns[6]),
                Rank(columns[7]),
                columns[8].Length > 0,
                NullIfEmpty(columns[9]),
                columns[10].Length == 0 ? [] : [.. columns[10].Split(',')],
                columns[11].Length == 0 ? null : double.Parse(columns[11], CultureInfo.InvariantCulture),
                NullIfEmpty(columns[12]),
                Traits(columns[13]),
                NullIfEmpty(columns[14])));
        }

        return operations.ToImmutable();
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static AutocastPolicy Policy(string word) => word switch
    {
        "unlisted" => AutocastPolicy.Unlisted,
        "lower-precision" => AutocastPolicy.LowerPrecision,
        "float32" => AutocastPolicy.Float32,
        "float32-default-dtype" => AutocastPolicy.Float32DefaultDtype,
        "float32-append-dtype" => AutocastPolicy.Float32AppendDtype,
        "promote" => AutocastPolicy.Promote,
        "banned" => AutocastPolicy.Banned,
        "composite" => AutocastPolicy.Composite,
        "float16" => AutocastPolicy.Float16,
        _ => throw new FormatException($"'{word}' is no policy."),
    };

    private static ResultDtype Result(string word) => word switch
    {
        "input" => ResultDtype.Input,
        "promoted" => ResultDtype.Promoted,
        "weight" => ResultDtype.Weight,
        "bool" => ResultDtype.Bool,
        "int64" => ResultDtype.Int64,
        "float64" => ResultDtype.Float64,
        "complex" => ResultDtype.Complex,
        _ => throw new FormatException($"'{word}' is no result dtype."),
    };

    private static IntegerResult Integers(string word) => word switch
    {
        "" => IntegerResult.Same,
        "int64" => IntegerResult.Int64,
        "default" => IntegerResult.Default,
        "refused" => IntegerResult.Refused,
        "with-number" => IntegerResult.WithNumber,
        "bytes" => IntegerResult.Bytes,
        _ => throw new FormatException($"'{word}' is no result of integers."),
    };

    private static ResultRank Rank(string word) => word switch
    {
        "" => ResultRank.Kept,
        "some" => ResultRank.Some,
        "reduced" => ResultRank.Reduced,
        "unknown" => ResultRank.Unknown,
        _ => throw new FormatException($"'{word}' is no rank."),
    };

    private static OperationTraits Traits(string words)
    {
        var traits = OperationTraits.None;
        foreach (var word in words.Split([' '], StringSplitOptions.RemoveEmptyEntries))
        {
            traits |= word switch
            {
                "matrix-product" => OperationTraits.MatrixProduct,
                "convolution" => OperationTraits.Convolution,
                "attention" => OperationTraits.Attention,
                "recurrent" => OperationTraits.Recurrent,
                "softmax" => OperationTraits.Softmax,
                "reduction" => OperationTraits.Reduction,
                "overflow" => OperationTraits.Overflow,
                "logarithm" => OperationTraits.Logarithm,
                "loss" => OperationTraits.Loss,
                "normalisation" => OperationTraits.Normalisation,
                "in-place" => OperationTraits.InPlace,
                "layout" => OperationTraits.Layout,
                "no-16-bit-padding" => OperationTraits.NoSixteenBitPadding,
                "no-float16-on-cpu" => OperationTraits.NoFloat16OnCpu,
                "no-16-bit-on-cpu" => OperationTraits.NoSixteenBitOnCpu,
                "no-16-bit" => OperationTraits.NoSixteenBit,
                "no-mixed-dtypes" => OperationTraits.NoMixedDtypes,
                "bounded" => OperationTraits.Bounded,
                "bounded-above" => OperationTraits.BoundedAbove,
                "clamp" => OperationTraits.Clamp,
                "negation" => OperationTraits.Negation,
                "not-negative" => OperationTraits.NotNegative,
                "power" => OperationTraits.Power,
                "maximum" => OperationTraits.Maximum,
                "grows-both-ways" => OperationTraits.GrowsBothWays,
                "no-safe-input" => OperationTraits.NoSafeInput,
                "sum" => OperationTraits.Sum,
                "spread" => OperationTraits.Spread,
                "epsilon" => OperationTraits.Epsilon,
                "selection" => OperationTraits.Selection,
                "promotes" => OperationTraits.Promotes,
                "ends-process" => OperationTraits.EndsProcess,
                "fused-linear" => OperationTraits.FusedLinear,
                "fused-cross-entropy" => OperationTraits.FusedCrossEntropy,
                "total" => OperationTraits.Total,
                "indices" => OperationTraits.Indices,
                "multiplication" => OperationTraits.Multiplication,
                "division" => OperationTraits.Division,
                "reciprocal" => OperationTraits.Reciprocal,
                "square-root" => OperationTraits.SquareRoot,
                "natural-logarithm" => OperationTraits.NaturalLogarithm,
                "exponential" => OperationTraits.Exponential,
                "sigmoid" => OperationTraits.Sigmoid,
                "probabilities" => OperationTraits.Probabilities,
                "whole" => OperationTraits.Whole,
                "difference" => OperationTraits.Difference,
                "joint" => OperationTraits.Joint,
                "angle" => OperationTraits.Angle,
                "interpolation" => OperationTraits.Interpolation,
                "accumulation" => OperationTraits.Accumulation,
                "running-statistics" => OperationTraits.RunningStatistics,
                _ => throw new FormatException($"'{word}' is no trait."),
            };
        }

        return traits;
    }
}
