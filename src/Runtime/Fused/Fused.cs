using System.Diagnostics.CodeAnalysis;
using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Operations of transformers that belong together, each as one step forward and one back: what lies between the matrix products
/// costs a GPU only memory traffic, which these halve. Numerically each is its plain operations with float32 arithmetic inside.
/// </summary>
/// <remarks>
/// <para>Kernels are used on CUDA GPUs of compute capability 8.0 or later, for BFloat16 and Float16 values whose last dimension is a
/// multiple of 8; they are compiled at their first use (some tenths of a second each) by the compiler that libtorch ships.
/// Everywhere else, and for float32, the plain operations run, so that a model is written once.</para>
/// <para>In an autocast region each counts as an operation of lower precision: floating inputs are cast to the region's dtype, as
/// for a matrix product. Parameters of normalisations and biases are read as they are stored.</para>
/// <para>Where kernels run, a graph can be gone back through once (no <c>retain_graph</c>, no second derivatives; but for
/// <see cref="cross_entropy"/>), and tensors that went in must not be written in place before the backward.</para>
/// </remarks>
public static partial class Fused
{
    private const int VectorSize = 8;

    /// <summary>Whether kernels can run on a device; everywhere else the plain operations do.</summary>
    /// <param name="device">The device; a CUDA device without an index is the first one.</param>
    public static bool IsAvailable(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return FusedKernels.AreAvailable(device.type, device.index);
    }

    /// <summary>The dtype that autocast gives an operation of lower precision on this input.</summary>
    private static ScalarType ComputeDtype(Tensor input)
    {
        var dtype = input.dtype;
        var device = input.device_type;
        return dtype is ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16
            && AutocastRegion.IsAnyOpen && AutocastState.CanUse(device) && AutocastState.IsEnabled(device)
                ? AutocastState.GetDtype(device)
                : dtype;
    }

    private static Tensor Cast(Tensor tensor, ScalarType dtype) 
        => tensor.dtype == dtype ? tensor : Lifetime.After(tensor.to_type(dtype), tensor);

    // As +, without the temporary factor that TorchSharp makes for it.
    private static Tensor Sum(Tensor left, Tensor right) => Lifetime.After(left.add(right, Scalars.One), left, right);

    private static bool UsesKernels(Tensor input, ScalarType dtype, long width)
        => dtype.Is16Bit() && width % VectorSize == 0 && input.numel() > 0
            && FusedKernels.AreAvailable(input.device_type, input.device_index);

    private static bool IsFloat32(Tensor? parameter) => parameter is { dtype: ScalarType.Float32 };

    /// <summary>A parameter as kernels read it: dense, in float32 or in the values' dtype.</summary>
    private static Tensor? AsParameter(Tensor? parameter, ScalarType dtype)
    {
        var values = Lifetime.After(parameter?.detach(), parameter);
        return values is null || values.dtype is ScalarType.Float32 || values.dtype == dtype
            ? Dense(values)
            : Dense(Lifetime.After(values.to_type(ScalarType.Float32), values));
    }

    /// <summary>A tensor as kernels read it: in order, from an address that 16 bytes can be read from at once. Null of none.</summary>
    [return: NotNullIfNotNull(nameof(tensor))]
    private static Tensor? Dense(Tensor? tensor)
    {
        const int alignment = 16;
        var dense = Lifetime.After(tensor?.contiguous(), tensor);
        return dense is null || KernelArguments.Address(dense) % alignment == 0 ? dense : Lifetime.After(dense.clone(), dense);
    }

    /// <exception cref="ArgumentException">The target is not Int64, or lies elsewhere than the input.</exception>
    private static void CheckTarget(Tensor target, Tensor input)
    {
        if (target.dtype is not ScalarType.Int64)
        {
            throw new ArgumentException($"'target' is {target.dtype}: classes are Int64.", nameof(target));
        }

        if (target.device_type != input.device_type || target.device_index != input.device_index)
        {
            throw new ArgumentException($"'target' is on {target.device}, 'input' on {input.device}: they must be on one device.", nameof(target));
        }
    }

    /// <exception cref="ArgumentException">The parameter is not one vector as long as the last dimension.</exception>
    private static void CheckParameter(Tensor? parameter, Tensor input, string name)
    {
        if (parameter is null)
        {
            return;
        }

        Tensors.Check(parameter, name);
        if (parameter.dim() != 1 || parameter.shape[0] != input.shape[^1])
        {
            throw new ArgumentException(
                $"'{name}' has the shape [{string.Join(", ", parameter.shape)}]: it must be one number for each of the "
                + $"{input.shape[^1]} columns of the input.",
                name);
        }
    }

    /// <exception cref="ArgumentException">The input has no dimension.</exception>
    private static void CheckInput(Tensor input)
    {
        Tensors.Check(input, nameof(input));
        if (input.dim() == 0)
        {
            throw new ArgumentException("'input' is one number: it must have at least one dimension, the columns last.", nameof(input));
        }
    }

    /// <summary>Adds the rows of partial sums into up to three vectors of equal length; a null one is left out.</summary>
    private static void AddPartial(Tensor like, Tensor partial, long width, Tensor?[] outputs)
    {
        const int tile = 32;
        var columns = (int)partial.shape[1];
        var arguments = new KernelArguments();
        arguments.Add(partial);
        arguments.Add((int)partial.shape[0]);
        arguments.Add(columns);
        arguments.Add((int)width);
        var bits = 0;
        for (var i = 0; i < 3; i++)
        {
            var output = i < outputs.Length ? outputs[i] : null;
            arguments.Add(output);
            bits |= IsFloat32(output) ? 1 << i : 0;
        }

        arguments.Add(bits);
        FusedKernels.Launch(like, "columns.cu", "", "add_partial", ((columns + tile - 1) / tile, 1), (tile, tile), 0, arguments);
    }

    /// <summary>How the kernels that go down columns are launched for so many rows and vectors of columns.</summary>
    private static ((int X, int Y) Grid, (int X, int Y) Block) ColumnGrid(long rows, long vectors)
    {
        // Enough blocks to fill any GPU, few enough that their partial sums are next to nothing.
        const int threads = 128;
        const int blocks = 2048;
        var x = (int)((vectors + threads - 1) / threads);
        return ((x, (int)Math.Clamp(blocks / x, 1, Math.Min(rows, ushort.MaxValue))), (threads, 1));
    }
}
