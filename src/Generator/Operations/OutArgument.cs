namespace Precision.Generator.Operations;

/// <summary>
/// The members that write into a tensor that they are given, whatever floating dtype it has. Others with such an argument throw where its dtype
/// is not that of their result.
/// </summary>
internal static class OutArgument
{
    /// <summary>The parameter that takes the tensor.</summary>
    public const string Parameter = "out";

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<string> Members { get; } =
    [
        "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1",
        "modified_bessel_i0", "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1",
        "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0",
        "chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w",
        "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v", "shifted_chebyshev_polynomial_w",
        "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p",
    ];
}
