using System.ComponentModel;
using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// One forward or backward of a custom autograd function: the backward finds the autocast state of its forward again, whoever calls it
/// and on whichever thread of libtorch's. Called by generated code only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct FunctionRegion
{
    /// <summary>Where the state of the forward is in the function's context.</summary>
    private const string Key = "Precision.AutocastSnapshot";

    private readonly AutocastRegion region;

    private FunctionRegion(AutocastRegion region) => this.region = region;

    /// <summary>Begins a forward in the caller's autocast, which the backward will have.</summary>
    /// <exception cref="NotSupportedException">libtorch has no autocast, or is too old.</exception>
    public static FunctionRegion EnterForward(autograd.AutogradContext context)
    {
        context.save_data(Key, AutocastSnapshot.Take());
        return default;
    }

    /// <summary>
    /// Begins a forward in one dtype, whatever the caller's autocast: where that is on, it is off inside, as in the backward, and the
    /// floating tensors among the arguments are cast.
    /// </summary>
    /// <param name="context">The function's context.</param>
    /// <param name="inputs">The arguments; where tensors are cast, another array takes the place of the caller's.</param>
    /// <param name="dtype">Float32, Float16 or BFloat16.</param>
    /// <exception cref="NotSupportedException">libtorch has no autocast, or is too old.</exception>
    public static FunctionRegion EnterForward(autograd.AutogradContext context, ref object[] inputs, Dtype dtype)
    {
        var caller = AutocastSnapshot.Take();
        context.save_data(Key, caller.Disabled);
        if (!caller.IsEnabled)
        {
            return default;
        }

        inputs = [.. inputs.Select(input => input is Tensor tensor ? Cast(tensor, dtype.ToScalarType(), caller) : input)];
        return new(AutocastRegion.Restore(caller.Disabled));
    }

    /// <summary>Begins a backward in the state that the forward has left in the context.</summary>
    public static FunctionRegion EnterBackward(autograd.AutogradContext context)
        => context.get_data(Key) is AutocastSnapshot forward ? new(AutocastRegion.Restore(forward)) : default;

    /// <summary>Ends it and restores the thread's autocast state.</summary>
    public void Dispose() => region.Dispose();

    /// <summary>A tensor as autocast would cast it: floating, not float64, and on a device whose autocast is on.</summary>
    private static Tensor Cast(Tensor input, ScalarType dtype, AutocastSnapshot caller)
        => !input.IsInvalid && caller.IsEnabledOn(TensorProperties.DeviceTypeOf(input)) && (input.dtype.Is16Bit() || input.dtype is ScalarType.Float32)
            ? Lifetime.After(input.to_type(dtype), input)
            : input;
}
