using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using Precision.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// One call of a layer of TorchSharp whose native code cannot run in the dtypes that it would get: it runs in float32, or its
/// inputs are cast, and the result has the dtype that the layer gives otherwise. Outside regions nothing changes. Called by
/// generated interceptors only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct LayerRegion
{
    private readonly AutocastRegion region;
    private readonly ScalarType? inputs;
    private readonly ScalarType? results;

    // Autocast on accelerators runs softmax in float32.
    private readonly bool isSoftmaxFloat32;

    private readonly nn.Module? layer;

    // Casts of inputs, which must live until the native call has returned, and results that were cast.
    private readonly List<Tensor>? temporaries;

    private LayerRegion(nn.Module layer, AutocastRegion region, ScalarType? inputs, ScalarType? results, bool isSoftmaxFloat32 = false)
    {
        this.layer = layer;
        this.region = region;
        this.inputs = inputs;
        this.results = results;
        this.isSoftmaxFloat32 = isSoftmaxFloat32;
        temporaries = [];
    }

    /// <summary>Enters a call.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="limit">What its native code cannot do.</param>
    /// <param name="input">The first input.</param>
    /// <param name="padding">A padding mask; null where none is given.</param>
    /// <param name="secondPadding">Another.</param>
    /// <param name="thirdPadding">Another.</param>
    public static LayerRegion Enter(
        nn.Module layer, LayerLimit limit, Tensor input, Tensor? padding = null, Tensor? secondPadding = null, Tensor? thirdPadding = null)
    {
        // A null or disposed input is the original's to refuse.
        if (!AutocastRegion.IsAnyOpen || input is null || input.IsInvalid || !AutocastState.CanUse(input.device_type))
        {
            return default;
        }

        var device = input.device_type;
        var isCpu = device is DeviceType.CPU;
        var isAutocast = AutocastState.IsEnabled(device);
        var isPadded = padding is not null || secondPadding is not null || thirdPadding is not null;
        var compute = isAutocast ? AutocastState.GetDtype(device) : input.dtype;
        return limit switch
        {
            LayerLimit.PaddingMask when isPadded && compute.Is16Bit()
                => Float32(layer, device, ResultOf(layer, input, compute, isAutocast), isSoftmaxFloat32: isAutocast && !isCpu),
            LayerLimit.Float16OnCpu when isCpu && compute is ScalarType.Float16 => Float32(layer, device, compute),
            LayerLimit.SixteenBitOnCpu when isCpu && !isAutocast && input.dtype.Is16Bit() => new(layer, default, ScalarType.Float32, input.dtype),
            LayerLimit.SixteenBit when input.dtype.Is16Bit() && !(isCpu && isAutocast) => new(layer, default, ScalarType.Float32, input.dtype),
            LayerLimit.MixedDtypesOnCpu when isCpu => new(layer, default, WeightOf(layer), null),
            LayerLimit.MixedDtypes => new(layer, default, WeightOf(layer), null),
            _ => default,
        };
    }

    /// <summary>An input as the layer gets it.</summary>
    [return: NotNullIfNotNull(nameof(input))]
    public Tensor? Input(Tensor? input)
    {
        // float64 is left alone, as autocast leaves it.
        if (inputs is not { } dtype || input is null || input.dtype == dtype || !(input.dtype.Is16Bit() || input.dtype is ScalarType.Float32))
        {
            return input;
        }

        var cast = Lifetime.After(input.to_type(dtype), input);
        temporaries!.Add(cast);
        return cast;
    }

    /// <summary>The layer's result, of the dtype that it has otherwise.</summary>
    public Tensor Output(Tensor result)
    {
        // Attention that was not asked for its weights returns a tensor without a handle for them.
        if (results is not { } dtype || result is null || result.IsInvalid || result.dtype == dtype)
        {
            return result!;
        }

        var cast = Lifetime.After(result.to_type(dtype), result);
        temporaries!.Add(result);
        return cast;
    }

    /// <summary>The results of <see cref="MultiheadAttention"/>: its output, and its weights, which are a softmax's.</summary>
    public Tuple<Tensor, Tensor> Output(Tuple<Tensor, Tensor> result)
        => results is null ? result : new(Output(result.Item1), isSoftmaxFloat32 ? result.Item2 : Output(result.Item2));

    /// <summary>The results of <see cref="LSTM"/>.</summary>
    public (Tensor, Tensor, Tensor) Output((Tensor, Tensor, Tensor) result)
        => (Output(result.Item1), Output(result.Item2), Output(result.Item3));

    /// <summary>Leaves the call, restores the thread's autocast state and frees what it made, unless a hook may have kept it.</summary>
    public void Dispose()
    {
        if (temporaries is { Count: > 0 } && !HeldTensors.MayBeInHooks(layer!))
        {
            temporaries.ForEach(static tensor => tensor.Dispose());
        }

        region.Dispose();
    }

    /// <summary>
    /// Autocast to float32, rather than off: it casts 16-bit weights too, on the fly and with their gradients, and these layers
    /// keep their weights where nobody else can reach them.
    /// </summary>
    private static LayerRegion Float32(nn.Module layer, DeviceType device, ScalarType results, bool isSoftmaxFloat32 = false)
        => new(layer, AutocastRegion.Enable(device, ScalarType.Float32), null, results, isSoftmaxFloat32);

    /// <summary>
    /// What attention returns without a padding mask: a product's dtype. The transformer layers end in a norm of the residual
    /// sum, which autocast runs in float32 on accelerators and which promotes on a CPU.
    /// </summary>
    private static ScalarType ResultOf(nn.Module layer, Tensor input, ScalarType compute, bool isAutocast)
        => !isAutocast || layer is MultiheadAttention || (input.device_type is DeviceType.CPU && input.dtype.Is16Bit())
            ? compute
            : ScalarType.Float32;

    private static ScalarType? WeightOf(nn.Module layer) => layer switch
    {
        Bilinear bilinear => bilinear.weight?.dtype,
        EmbeddingBag bag => bag.weight?.dtype,
        _ => throw new ArgumentException($"{layer.GetName()} is no layer whose inputs must have the dtype of its weights.", nameof(layer)),
    };
}
