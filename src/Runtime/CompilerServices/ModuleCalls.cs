using System.ComponentModel;
using Precision.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// Calls of modules with one tensor in and one out, in place of the originals: TorchSharp's softmax modules and
/// <see cref="Linear"/> run as <see cref="PinnedDtype"/> and <see cref="FusedLinear"/> say, every other module as ever. What
/// kind of module it is shows at run time, since layers are often kept as <c>Module&lt;Tensor, Tensor&gt;</c>. Called by
/// generated interceptors only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ModuleCalls
{
    /// <summary><c>module.forward(input)</c>.</summary>
    /// <param name="module">The module.</param>
    /// <param name="input">Its input.</param>
    /// <param name="softmax">Where autocast runs the softmax family in float32.</param>
    public static Tensor Forward(nn.Module<Tensor, Tensor> module, Tensor input, Float32Devices softmax)
        => AutocastRegion.IsAnyOpen ? TryForward(module, input, softmax) ?? Original(module, input) : Original(module, input);

    /// <summary><c>module.call(input)</c>, hooks included.</summary>
    /// <param name="module">The module.</param>
    /// <param name="input">Its input.</param>
    /// <param name="softmax">Where autocast runs the softmax family in float32.</param>
    public static Tensor Call(nn.Module<Tensor, Tensor> module, Tensor input, Float32Devices softmax)
        => AutocastRegion.IsAnyOpen && module is Linear or Softmax or LogSoftmax or Softmax2d or Softmin
            ? ForwardHooks.Call(module, input, softmax)
            : Lifetime.After(module.call(input), input);

    private static Tensor Original(nn.Module<Tensor, Tensor> module, Tensor input) => Lifetime.After(module.forward(input), input);

    private static Tensor? TryForward(nn.Module<Tensor, Tensor> module, Tensor input, Float32Devices softmax) => module switch
    {
        Linear linear => FusedLinear.TryInvoke(input, linear.weight, linear.bias),
        Softmax or LogSoftmax or Softmax2d or Softmin
            => PinnedDtype.For(input, null, softmax) is { } dtype ? InDtype(module, input, dtype) : null,
        _ => null,
    };

    private static Tensor InDtype(nn.Module<Tensor, Tensor> module, Tensor input, ScalarType dtype) => module switch
    {
        Softmax softmax => special.softmax(input, softmax.dim, dtype),
        LogSoftmax softmax => special.log_softmax(input, softmax.dim, dtype),
        Softmax2d => special.softmax(input, -3, dtype),
        Softmin softmin => PinnedOperations.softmin(input, softmin.dim, dtype),
        _ => throw new ArgumentException($"{module.GetName()} is not of the softmax family.", nameof(module)),
    };
}
