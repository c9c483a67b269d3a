using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// One call of a generated forward, or of what is on a list of operations: the autocast region, and the casts of inputs and results.
/// Called by generated code only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct ForwardRegion
{
    private readonly AutocastRegion region;
    private readonly nn.Module? module;
    private readonly ForwardTensors tensors;
    private readonly InputCast inputCast;
    private readonly ScalarType compute;
    private readonly Dtype output;

    private ForwardRegion(AutocastRegion region, nn.Module module, InputCast inputCast, ScalarType compute, Dtype output)
        : this(region, module, inputCast, compute, ForwardTensors.Begin()) => this.output = output;

    private ForwardRegion(AutocastRegion region, nn.Module? module, InputCast inputCast, ScalarType compute, ForwardTensors tensors)
    {
        this.region = region;
        this.module = module;
        this.inputCast = inputCast;
        this.compute = compute;
        this.tensors = tensors;
    }

    private enum InputCast
    {
        None,

        /// <summary>16-bit to float32; float64 stays, as autocast never touches it.</summary>
        To32,

        /// <summary>Every floating dtype to the compute dtype: the weights have it, and nothing promotes.</summary>
        ToCompute,

        /// <summary>16-bit and float32 to the compute dtype: what autocast casts.</summary>
        EligibleToCompute,
    }

    /// <summary>Enters the forward of a module annotated with <see cref="MixedPrecisionAttribute"/>.</summary>
    /// <exception cref="NotSupportedException">libtorch is missing, or too old or new for this library.</exception>
    /// <exception cref="InvalidOperationException">The module, or one in it, was compiled without the generator.</exception>
    public static ForwardRegion Enter<TModule>(TModule module, ForwardDevice inputs)
        where TModule : nn.Module, IMixedPrecisionModule
    {
        GeneratedCode.Require(module);
        var policy = module.PrecisionPolicy;
        var device = inputs.OrOf(module);
        var compute = policy.Compute is Dtype.Auto
            ? DtypeResolver.Resolve(device.Type, device.Index).Dtype
            : policy.Compute;

        // Where libtorch has no autocast (the meta device), only shapes are computed and the dtypes are left alone.
        if (!AutocastState.CanUse(device.Type))
        {
            return new ForwardRegion(default, module, InputCast.None, ScalarType.Float32, policy.Output);
        }

        var scalarType = compute.ToScalarType();
        if (compute is Dtype.Float32)
        {
            return new ForwardRegion(AutocastRegion.Disable(device.Type), module, InputCast.To32, scalarType, policy.Output);
        }

        return policy.Autocast
            ? new ForwardRegion(AutocastRegion.Enable(device.Type, scalarType), module, InputCast.None, scalarType, policy.Output)
            : new ForwardRegion(AutocastRegion.DisableIn(device.Type, scalarType), module, InputCast.ToCompute, scalarType, policy.Output);
    }

    /// <summary>Enters the forward of a module annotated with <see cref="FullPrecisionAttribute"/>.</summary>
    /// <exception cref="NotSupportedException">libtorch is missing, or too old or new for this library.</exception>
    public static ForwardRegion EnterFullPrecision(nn.Module module, ForwardDevice inputs)
    {
        var device = inputs.OrOf(module);
        return AutocastState.CanUse(device.Type)
            ? new ForwardRegion(AutocastRegion.Disable(device.Type), module, InputCast.To32, ScalarType.Float32, Dtype.Unspecified)
            : new ForwardRegion(default, module, InputCast.None, ScalarType.Float32, Dtype.Unspecified);
    }

    /// <summary>Enters a call of what is on the list of operations in float32. Where nothing computes in 16-bit, nothing changes.</summary>
    /// <param name="module">The module that it is a method of; null for a method of anything else.</param>
    /// <param name="inputs">The device of the inputs.</param>
    public static ForwardRegion EnterFloat32(nn.Module? module, ForwardDevice inputs)
        => AutocastRegion.LowerPrecision(inputs.Found) is var (device, _)
            ? new(AutocastRegion.Disable(device), module, InputCast.To32, ScalarType.Float32, ForwardTensors.BeginCall())
            : default;

    /// <summary>Enters a call of what is on the list of operations in lower precision. Where nothing computes in 16-bit, nothing changes.</summary>
    /// <param name="module">The module that it is a method of; null for a method of anything else.</param>
    /// <param name="inputs">The device of the inputs.</param>
    public static ForwardRegion EnterLowerPrecision(nn.Module? module, ForwardDevice inputs)
        => AutocastRegion.LowerPrecision(inputs.Found) is var (_, compute)
            ? new(default, module, InputCast.EligibleToCompute, compute, ForwardTensors.BeginCall())
            : default;

    /// <summary>An input as <c>ForwardCore</c> gets it.</summary>
    [return: NotNullIfNotNull(nameof(input))]
    public Tensor? Input(Tensor? input)
    {
        if (input is null)
        {
            return null;
        }

        if (inputCast is InputCast.None)
        {
            return tensors.AddGiven(input);
        }

        var dtype = TensorProperties.DtypeOf(input);
        var cast = inputCast switch
        {
            InputCast.To32 => dtype.Is16Bit(),
            InputCast.ToCompute => is_floating_point(dtype) && dtype != compute,
            _ => (dtype.Is16Bit() || dtype is ScalarType.Float32) && dtype != compute,
        };
        if (!cast)
        {
            return tensors.AddGiven(input);
        }

        // TorchSharp reads the handle and forgets the tensor, which a collection on another thread would then free.
        var converted = input.to_type(compute);
        GC.KeepAlive(input);
        return tensors.AddTemporary(converted);
    }

    /// <summary>Makes an input what <c>ForwardCore</c> gets; true where that is another tensor.</summary>
    public bool Input(ref Tensor? input) => Replace(ref input, Input(input));

    /// <summary>An input of a type that only the run time knows, as <c>ForwardCore</c> gets it.</summary>
    public T InputAny<T>(T input) => input is Tensor tensor ? (T)(object)Input(tensor) : input;

    /// <summary>Makes an input of a type that only the run time knows what <c>ForwardCore</c> gets; true where that is another tensor.</summary>
    public bool InputAny<T>(ref T input) => Replace(ref input, InputAny(input));

    /// <summary>A result as the caller of <c>forward</c> gets it.</summary>
    [return: NotNullIfNotNull(nameof(result))]
    public Tensor? Output(Tensor? result)
    {
        if (result is null)
        {
            return null;
        }

        if (TargetOf(TensorProperties.DtypeOf(result)) is not { } target)
        {
            return tensors.Release(result);
        }

        var converted = result.to_type(target);
        tensors.AddResult(result, module!);
        return converted;
    }

    /// <summary>Makes a result what the caller of <c>forward</c> gets; true where that is another tensor.</summary>
    public bool Output(ref Tensor? result) => Replace(ref result, Output(result));

    /// <summary>A result of a type that only the run time knows, as the caller of <c>forward</c> gets it.</summary>
    public T OutputAny<T>(T result) => result is Tensor tensor ? (T)(object)Output(tensor) : result;

    /// <summary>Makes a result of a type that only the run time knows what the caller gets; true where that is another tensor.</summary>
    public bool OutputAny<T>(ref T result) => Replace(ref result, OutputAny(result));

    /// <summary>A result that is left as it is. An input that was cast may be one.</summary>
    [return: NotNullIfNotNull(nameof(result))]
    public Tensor? Return(Tensor? result) => result is null ? null : tensors.Release(result);

    /// <summary>Leaves a result in a container as it is.</summary>
    /// <returns>Always false: nothing is replaced.</returns>
    public bool Return(ref Tensor? result) => Replace(ref result, Return(result));

    /// <summary>A result of a type that only the run time knows, which is left as it is.</summary>
    public T ReturnAny<T>(T result) => result is Tensor tensor ? (T)(object)Return(tensor) : result;

    /// <summary>Leaves a result in a container, of a type that only the run time knows, as it is.</summary>
    /// <returns>Always false: nothing is replaced.</returns>
    public bool ReturnAny<T>(ref T result) => Replace(ref result, ReturnAny(result));

    /// <summary>
    /// Leaves what this forward makes to the garbage collector: tensors that cannot be seen are among its inputs or results, and any may
    /// be one of those that it would free.
    /// </summary>
    public void LeaveTensors() => tensors.Leave();

    /// <summary>Leaves the forward and restores the thread's autocast state.</summary>
    public void Dispose()
    {
        tensors.End(module);
        region.Dispose();
    }

    /// <summary>What a result of a dtype is cast to; null = nothing. float64 is left alone, as autocast leaves it.</summary>
    private ScalarType? TargetOf(ScalarType dtype)
    {
        var target = output switch
        {
            Dtype.Unspecified => tensors.IsOutermost && dtype.Is16Bit() ? ScalarType.Float32 : dtype,
            Dtype.Auto => compute,
            _ => output.ToScalarType(),
        };
        return dtype != target && (dtype.Is16Bit() || dtype is ScalarType.Float32) ? target : null;
    }

    private static bool Replace<T>(ref T value, T other)
    {
        var isOther = value is Tensor && !ReferenceEquals(value, other);
        value = other;
        return isOther;
    }
}
