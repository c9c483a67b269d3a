namespace Precision.Generator.Lists;

/// <summary>What a list of the user's lets an operation compute in.</summary>
internal enum ListedDtype
{
    /// <summary>16-bit inputs are cast to float32, and autocast is off inside.</summary>
    Float32,

    /// <summary>16-bit and float32 inputs are cast to the dtype that the region or the model around the call computes in.</summary>
    LowerPrecision,
}
