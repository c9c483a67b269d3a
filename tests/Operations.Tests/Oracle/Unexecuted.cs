using TorchSharp;

namespace Precision.Operations.Tests.Oracle;

/// <summary>Overloads that cannot be called, and why: faults of TorchSharp 0.107.0's bindings.</summary>
internal static class Unexecuted
{
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["TorchSharp.Modules.AdaptiveMaxPool3d.forward(Tensor)"] = "dereferences null",
        ["TorchSharp.torch.tensordot(Tensor, Tensor, Int64)"] = "reads past an empty array",
        ["TorchSharp.torch+Tensor.tensordot(Tensor, Int64)"] = "reads past an empty array",
        ["TorchSharp.torch+nn+functional.adaptive_max_pool3d(Tensor, Int64[])"] = "calls the one-dimensional kernel",
        ["TorchSharp.torch+nn+functional.adaptive_max_pool3d_with_indices(Tensor, Int64[])"] = "calls the one-dimensional kernel",
        ["TorchSharp.torch+nn+functional.max_unpool2d(Tensor, Tensor, Int64[], Int64[], Int64[], Int64[])"] = "loses output_size",
        ["TorchSharp.torch+nn+functional.max_unpool3d(Tensor, Tensor, Int64[], Int64[], Int64[], Int64[])"] = "loses output_size",
        ["TorchSharp.torch+nn+functional.upsample_nearest(Tensor, Int64[], Double[], Boolean)"]
            = "passes align_corners, which its mode refuses",
    };

    /// <summary>Overloads that make their index on the CPU, whatever the tensor's device.</summary>
    private static readonly HashSet<string> OnCuda =
    [
        "TorchSharp.torch.take_along_dim(Tensor, IEnumerable`1, Int64)",
        "TorchSharp.torch+Tensor.take_along_dim(IEnumerable`1)",
        "TorchSharp.torch+Tensor.take_along_dim(IEnumerable`1, Int64)",
    ];

    public static IEnumerable<string> Overloads => Reasons.Keys;

    public static bool Explains(Invocation invocation, DeviceType device)
        => Reasons.ContainsKey(invocation.ToString()) || (device is DeviceType.CUDA && OnCuda.Contains(invocation.ToString()));
}
