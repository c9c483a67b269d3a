using System.ComponentModel;
using System.Runtime.CompilerServices;
using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// One forward or backward of a custom autograd function: the backward finds the autocast state of its forward again, whoever calls it
/// and on whichever thread of libtorch's. A model that the backward runs again, as in gradient checkpointing, is an inner one if it was
/// one in the forward. Called by generated code only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct FunctionRegion
{
    /// <summary>Where the state of the forward is in the function's context.</summary>
    private const string Key = "Precision.FunctionRegion";

    private readonly AutocastRegion region;
    private readonly autograd.AutogradContext? context;

    /// <summary>Inputs that were cast, to be freed at the end; those that are results are no longer among them.</summary>
    private readonly List<Tensor>? casts;

    /// <summary>The generated forward that stands around a backward.</summary>
    private readonly ForwardTensors around;

    private FunctionRegion(AutocastRegion region, ForwardTensors around)
    {
        this.region = region;
        this.around = around;
    }

    private FunctionRegion(AutocastRegion region, autograd.AutogradContext context, List<Tensor> casts)
    {
        this.region = region;
        this.context = context;
        this.casts = casts;
    }

    /// <summary>Begins a forward in the caller's autocast, which the backward will have.</summary>
    /// <exception cref="NotSupportedException">libtorch has no autocast, or is too old.</exception>
    public static FunctionRegion EnterForward(autograd.AutogradContext context)
    {
        context.save_data(Key, new State(AutocastSnapshot.Take(), ForwardTensors.AreAnyRunning));
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
        context.save_data(Key, new State(caller.Disabled, ForwardTensors.AreAnyRunning));
        if (!caller.IsEnabled)
        {
            return default;
        }

        var (cast, casts, target) = (new object[inputs.Length], new List<Tensor>(), dtype.ToScalarType());
        for (var i = 0; i < inputs.Length; i++)
        {
            cast[i] = inputs[i];
            if (inputs[i] is Tensor input && IsCast(input, target, caller))
            {
                casts.Add(Lifetime.After(input.to_type(target), input));
                cast[i] = casts[^1];
            }
        }

        inputs = cast;
        return new(AutocastRegion.Restore(caller.Disabled), context, casts);
    }

    /// <summary>Begins a backward in the state that the forward has left in the context.</summary>
    public static FunctionRegion EnterBackward(autograd.AutogradContext context)
        => context.get_data(Key) is State forward
            ? new(
                AutocastRegion.Restore(forward.Autocast),
                forward.IsInModel && !ForwardTensors.AreAnyRunning ? ForwardTensors.BeginAgain() : default)
            : default;

    /// <summary>The result of a forward in one dtype, which may be one of its inputs.</summary>
    public Tensor Output(Tensor result)
    {
        casts?.RemoveAll(cast => ReferenceEquals(cast, result));
        return result;
    }

    /// <summary>The results of a forward in one dtype, among which inputs may be.</summary>
    public List<Tensor> Output(List<Tensor> results)
    {
        casts?.RemoveAll(cast => IsAmong(results, cast));
        return results;
    }

    /// <summary>Ends it, restores the thread's autocast state, and frees the casts that the context does not need.</summary>
    public void Dispose()
    {
        around.End(module: null);
        region.Dispose();
        foreach (var cast in casts ?? [])
        {
            // What it needs, TorchSharp reads after the forward. Then they are tensors of the caller's dispose scope as others are.
            if (!IsAmong(SavedIn(context!), cast) && !IsAmong(DirtyIn(context!), cast))
            {
                cast.Dispose();
            }
        }
    }

    /// <summary>Whether autocast would cast a tensor: a floating one, not float64, on a device whose autocast is on.</summary>
    private static bool IsCast(Tensor input, ScalarType target, AutocastSnapshot caller)
        => !input.IsInvalid && caller.IsEnabledOn(TensorProperties.DeviceTypeOf(input))
            && input.dtype is var dtype && dtype != target && (dtype.Is16Bit() || dtype is ScalarType.Float32);

    private static bool IsAmong(List<Tensor> tensors, Tensor tensor) => tensors.Contains(tensor, ReferenceEqualityComparer.Instance);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_tensorsToSave")]
    private static extern ref List<Tensor> SavedIn(autograd.AutogradContext context);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_dirtyTensors")]
    private static extern ref List<Tensor> DirtyIn(autograd.AutogradContext context);

    /// <summary>What a backward is given of its forward.</summary>
    /// <param name="Autocast">The autocast state in it.</param>
    /// <param name="IsInModel">Whether a generated forward ran around it.</param>
    private sealed record State(AutocastSnapshot Autocast, bool IsInModel);
}
