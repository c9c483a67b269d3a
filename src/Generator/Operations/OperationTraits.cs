namespace Precision.Generator.Operations;

/// <summary>What the rules need to know about an operation beyond its policy.</summary>
[Flags]
internal enum OperationTraits
{
    None = 0,

    /// <summary>Sums of products: matrix, vector and tensor products.</summary>
    MatrixProduct = 1 << 0,

    Convolution = 1 << 1,

    /// <summary>Attention, and the modules built around it.</summary>
    Attention = 1 << 2,

    Recurrent = 1 << 3,

    /// <summary>softmax, log_softmax, softmin.</summary>
    Softmax = 1 << 4,

    /// <summary>Many elements go into one, or each result depends on all before it.</summary>
    Reduction = 1 << 5,

    /// <summary>Inputs well inside Float16's range (65504) give results outside.</summary>
    Overflow = 1 << 6,

    /// <summary>Value or slope grows without bound near a point of the domain, as a logarithm does near 0.</summary>
    Logarithm = 1 << 7,

    Loss = 1 << 8,

    /// <summary>Takes probabilities where a counterpart takes logits.</summary>
    Probabilities = 1 << 9,

    Normalisation = 1 << 10,

    /// <summary>sine and cosine, whose argument loses its position in the period when rounded.</summary>
    Angle = 1 << 11,

    /// <summary>Compares for equality or closeness.</summary>
    Equality = 1 << 12,

    /// <summary>Writes into its first operand, whose dtype stays. Autocast touches no such operation.</summary>
    InPlace = 1 << 13,

    /// <summary>Moves, repeats, selects or renames elements and computes nothing.</summary>
    Layout = 1 << 14,

    /// <summary>Applies padding masks to float32 only.</summary>
    NoSixteenBitPadding = 1 << 15,

    /// <summary>Ends the process in Float16 on a CPU.</summary>
    NoFloat16OnCpu = 1 << 16,

    /// <summary>Has no 16-bit on a CPU, where autocast casts to float32.</summary>
    NoSixteenBitOnCpu = 1 << 17,

    /// <summary>Has no 16-bit on any device.</summary>
    NoSixteenBit = 1 << 18,

    /// <summary>Takes operands of one dtype only, a layer that of its weights, on devices whose autocast does not promote.</summary>
    NoMixedDtypes = 1 << 19,
}
