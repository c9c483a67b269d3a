namespace Precision;

/// <summary>A floating-point format to compute or to store in, as far as mixed precision is concerned.</summary>
#if PRECISION_GENERATOR // compiled into the generator too, which must not offer a second public Dtype
internal
#else
public
#endif
enum Dtype
{
    /// <summary>Not given: the rule of the place where it stands decides.</summary>
    Unspecified,

    /// <summary>IEEE 754 binary32: 8 bits of exponent, 23 of mantissa.</summary>
    Float32,

    /// <summary>IEEE 754 binary16: 5 bits of exponent, 10 of mantissa, largest value 65,504. Training needs loss scaling.</summary>
    Float16,

    /// <summary>bfloat16: float32's 8 bits of exponent, 7 of mantissa. Training needs no loss scaling.</summary>
    BFloat16,

    /// <summary>
    /// Chosen on the device at run time: <see cref="BFloat16"/> where the hardware computes it natively, else
    /// <see cref="Float16"/> on a GPU, else <see cref="Float32"/>. <c>DtypeResolver</c> tells the choice and why.
    /// </summary>
    Auto,
}
