namespace Precision.Generator.Operations;

/// <summary>What an operation gives for integers and booleans; <see cref="ResultDtype"/> is about floating operands.</summary>
internal enum IntegerResult
{
    /// <summary>What the rule for floating operands gives.</summary>
    Same,

    /// <summary>Int64 of any integers: it adds up or multiplies.</summary>
    Int64,

    /// <summary>The default dtype of any integers: results are no integers.</summary>
    Default,

    /// <summary>Nothing: it refuses integers, booleans and complex numbers.</summary>
    Refused,

    /// <summary>Their promotion with an integer number, as <c>pow(x, 2)</c>: Int64 of booleans.</summary>
    WithNumber,

    /// <summary>Bytes of bytes, booleans of all others.</summary>
    Bytes,
}
