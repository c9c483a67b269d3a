using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;

namespace Precision.Generator.Flow.Transfer;

/// <summary>
/// What operations make of integers and booleans, which the table does not say: it is about floating operands, and most
/// operations treat both alike.
/// </summary>
internal static class Integers
{
    /// <summary>Operations that add up or multiply: Int64 of any integers.</summary>
    private static readonly HashSet<string> Sums = new(StringComparer.Ordinal) { "sum", "prod", "cumsum", "cumprod", "nansum", "trace", "vander" };

    /// <summary>Operations whose results are no integers: the default dtype of any integers.</summary>
    private static readonly HashSet<string> Smooth = new(StringComparer.Ordinal)
    {
        "acos", "acosh", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asin", "asinh", "atan", "atan2",
        "atanh", "copysign", "cos", "cosh", "cosine_embedding_loss", "cumulative_trapezoid", "deg2rad", "digamma", "div", "divide", "entr",
        "erf", "erfc", "erfcx", "erfinv", "exp", "exp2", "expit", "expm1", "gammaln", "gaussian_nll_loss", "hfft", "hfft2", "hfftn", "i0", "i0e",
        "i1", "i1e", "irfft", "irfft2", "irfftn", "ldexp", "lgamma", "log", "log10", "log1p", "log2", "logit", "logsumexp", "lp_pool1d",
        "lp_pool2d", "margin_ranking_loss", "multigammaln", "mvlgamma", "ndtr", "ndtri", "Division", "pairwise_distance",
        "poisson_nll_loss", "polygamma", "psi", "rad2deg", "reciprocal", "rsqrt", "sigmoid", "sin", "sinc", "sinh", "softsign", "sqrt", "tan",
        "tanh", "tanhshrink", "trapezoid", "trapz", "triplet_margin_loss", "triplet_margin_with_distance_loss", "true_divide", "xlog1py", "xlogy",
        "CosineEmbeddingLoss", "GaussianNLLLoss", "LPPool1d", "LPPool2d", "LocalResponseNorm", "MarginRankingLoss", "PairwiseDistance",
        "PoissonNLLLoss", "Sigmoid", "Softsign", "Tanh", "Tanhshrink", "TripletMarginLoss", "TripletMarginWithDistanceLoss",
    };

    /// <summary>Operations that refuse integers, booleans and complex numbers: what they give is floating.</summary>
    private static readonly HashSet<string> FloatingOnly = new(StringComparer.Ordinal)
    {
        "softmax", "log_softmax", "softmin", "softmax2d", "softplus", "gelu", "silu", "mish", "elu", "selu", "celu", "leaky_relu", "log_sigmoid",
        "hardsigmoid", "hardswish", "layer_norm", "group_norm", "batch_norm", "instance_norm", "cross_entropy", "nll_loss", "mse_loss",
        "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div", "scaled_dot_product_attention",
        "Softmax", "LogSoftmax", "Softmin", "Softmax2d", "Softplus", "GELU", "SiLU", "Mish", "ELU", "SELU", "CELU", "LeakyReLU", "LogSigmoid",
        "Hardsigmoid", "Hardswish", "LayerNorm", "GroupNorm", "BatchNorm", "InstanceNorm", "CrossEntropyLoss", "NLLLoss", "MSELoss",
    };

    /// <summary>What operations that say yes or no give: booleans; of bytes <c>any</c> and <c>all</c> give bytes.</summary>
    public static Dtypes Truth(Operation operation, Dtypes input)
        => operation.Member is not ("any" or "all") || !input.Overlaps(Dtypes.Byte) ? Dtypes.Bool
            : input is Dtypes.Byte ? Dtypes.Byte
            : Dtypes.Bool | Dtypes.Byte;

    /// <summary>The result's dtypes, from those that the rule for floating operands gives.</summary>
    public static Dtypes Result(Operation operation, Dtypes dtypes, Numbers numbers)
    {
        if (!dtypes.Overlaps(Dtypes.Integral))
        {
            return dtypes;
        }

        var floating = dtypes & ~Dtypes.Integral;
        if (FloatingOnly.Contains(operation.Name) && dtypes.Overlaps(Dtypes.Floating))
        {
            return dtypes & Dtypes.Floating;
        }

        if (Sums.Contains(operation.Member))
        {
            return floating | Dtypes.Int64;
        }

        if (operation.Member == "square" && dtypes.Overlaps(Dtypes.Bool))
        {
            // pow(x, 2): the number makes integers of booleans.
            return (dtypes & ~Dtypes.Bool) | Dtypes.Int64;
        }

        return Smooth.Contains(operation.Name) ? floating | numbers.Defaults : dtypes;
    }
}
