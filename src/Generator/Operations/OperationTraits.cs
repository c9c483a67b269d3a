namespace Precision.Generator.Operations;

/// <summary>What the rules need to know about an operation beyond its policy.</summary>
[Flags]
internal enum OperationTraits : long
{
    None = 0,

    /// <summary>Sums of products: matrix, vector and tensor products.</summary>
    MatrixProduct = 1L << 0,

    Convolution = 1L << 1,

    /// <summary>Attention, and the modules built around it.</summary>
    Attention = 1L << 2,

    Recurrent = 1L << 3,

    /// <summary>softmax, log_softmax, softmin.</summary>
    Softmax = 1L << 4,

    /// <summary>Many elements go into one, or each result depends on all before it.</summary>
    Reduction = 1L << 5,

    /// <summary>Inputs well inside Float16's range (65504) give results outside.</summary>
    Overflow = 1L << 6,

    /// <summary>Value or slope grows without bound near a point of the domain, as a logarithm does near 0.</summary>
    Logarithm = 1L << 7,

    Loss = 1L << 8,

    Normalisation = 1L << 9,

    /// <summary>Writes into its first operand, whose dtype stays. Autocast touches no such operation.</summary>
    InPlace = 1L << 10,

    /// <summary>Moves, repeats, selects or renames elements and computes nothing.</summary>
    Layout = 1L << 11,

    /// <summary>Applies padding masks to float32 only.</summary>
    NoSixteenBitPadding = 1L << 12,

    /// <summary>Ends the process in Float16 on a CPU.</summary>
    NoFloat16OnCpu = 1L << 13,

    /// <summary>Has no 16-bit on a CPU, where autocast casts to float32.</summary>
    NoSixteenBitOnCpu = 1L << 14,

    /// <summary>Has no 16-bit on any device.</summary>
    NoSixteenBit = 1L << 15,

    /// <summary>Takes operands of one dtype only, a layer that of its weights, on devices whose autocast does not promote.</summary>
    NoMixedDtypes = 1L << 16,

    /// <summary>Results lie between -1 and 1, or not far beyond.</summary>
    Bounded = 1L << 17,

    /// <summary>Results are 0 at most.</summary>
    BoundedAbove = 1L << 18,

    /// <summary>Keeps values between numbers that it is given.</summary>
    Clamp = 1L << 19,

    Negation = 1L << 20,

    /// <summary>Results are 0 at least.</summary>
    NotNegative = 1L << 21,

    /// <summary>Raises to a power that it is given.</summary>
    Power = 1L << 22,

    /// <summary>The largest of many elements, or a number just above.</summary>
    Maximum = 1L << 23,

    /// <summary>Grows for large negative inputs too, as a square does.</summary>
    GrowsBothWays = 1L << 24,

    /// <summary>Grows near a pole or with a second operand, so that a bound on its input does not help.</summary>
    NoSafeInput = 1L << 25,

    /// <summary>Adds or subtracts its operands element by element.</summary>
    Sum = 1L << 26,

    /// <summary>Squares differences from a mean.</summary>
    Spread = 1L << 27,

    /// <summary>Has a parameter <c>eps</c> that is converted to its result's dtype.</summary>
    Epsilon = 1L << 28,

    /// <summary>Picks between two operands. A number takes the dtype of the other one, and nothing asks whether it fits.</summary>
    Selection = 1L << 29,

    /// <summary>Ends the process when its operands have different dtypes; others throw.</summary>
    EndsProcess = 1L << 30,

    /// <summary>Promotes its operands, as other products do not.</summary>
    Promotes = 1L << 31,

    /// <summary>Runs as one operation through an interceptor.</summary>
    FusedLinear = 1L << 32,

    /// <summary>Runs in one pass over 16-bit logits through an interceptor.</summary>
    FusedCrossEntropy = 1L << 33,

    /// <summary>Takes indices or flags, and no other numbers.</summary>
    Indices = 1L << 34,

    /// <summary>Adds up elements, so that of ones and flags it counts.</summary>
    Total = 1L << 35,

    /// <summary>Puts several tensors together.</summary>
    Joint = 1L << 38,

    /// <summary>Takes an angle in radians.</summary>
    Angle = 1L << 39,

    /// <summary>Goes a part of the way from its first operand to its second, as moving averages do.</summary>
    Interpolation = 1L << 40,

    /// <summary>Adds to some elements of its first operand.</summary>
    Accumulation = 1L << 41,

    /// <summary>Keeps or takes the mean and the variance of all batches.</summary>
    RunningStatistics = 1L << 42,

    /// <summary>Multiplies its operands element by element.</summary>
    Multiplication = 1L << 44,

    /// <summary>Divides its first operand by the second, element by element.</summary>
    Division = 1L << 45,

    /// <summary>Divides a number by its operand.</summary>
    Reciprocal = 1L << 46,

    SquareRoot = 1L << 47,

    /// <summary>The logarithm to the base e.</summary>
    NaturalLogarithm = 1L << 48,

    /// <summary>e to the power of its operand.</summary>
    Exponential = 1L << 49,

    Sigmoid = 1L << 50,

    /// <summary>Gives probabilities that add up to 1.</summary>
    Probabilities = 1L << 51,

    /// <summary>Gives whole numbers.</summary>
    Whole = 1L << 52,

    /// <summary>Subtracts its second operand from the first, element by element.</summary>
    Difference = 1L << 53,
}
