using static TorchSharp.torch;

namespace Precision.Operations.Tests.Oracle;

/// <summary>What one call did.</summary>
/// <param name="Dtype">The dtype of its first tensor result; null when it threw.</param>
/// <param name="Error">libtorch's message.</param>
/// <param name="IsMixed">Whether floating tensors of two dtypes went in.</param>
internal sealed record Outcome(ScalarType? Dtype, string? Error, bool IsMixed)
{
    /// <summary>What libtorch and its kernels say when they lack a dtype.</summary>
    private static readonly string[] MissingKernel =
    [
        "not implemented for", "Low precision dtypes not supported", "expected a tensor with 2 or more dimensions of float",
        "doesn't handle types other than", "Unsupported dtype", "supports floating point, complex, and integer tensors, but got",
        "tensors but got BFloat16", "Expected both inputs to be Half, Float or Double", "must be either float or double", "cuFFT", "is only supported for half, float and double",
    ];

    /// <summary>What they say when operands differ in dtype.</summary>
    private static readonly string[] Mismatch =
    [
        "same dtype", "same scalar type", "expected scalar type", "expected dtype", "different dtypes", "Bad in-place call",
        "to be equal to src.dtype", "but expected", "did not match", "does not match input dtype",
    ];

    /// <summary>libtorch's promote policy refuses a 16-bit dtype that is not the region's.</summary>
    public bool IsPromoteRefusal => Says("at::autocast::prioritize");

    /// <summary>libtorch's banned policy.</summary>
    public bool IsBan => Says("unsafe to autocast");

    /// <summary>The operation does not exist in this dtype on this device.</summary>
    public bool IsMissingKernel => MissingKernel.Any(Says);

    /// <summary>The operation takes no operands of different dtypes.</summary>
    public bool IsMismatch => Mismatch.Any(Says);

    public override string ToString() => Dtype?.ToString() ?? $"'{Error}'";

    private bool Says(string text) => Error?.Contains(text, StringComparison.Ordinal) == true;
}
