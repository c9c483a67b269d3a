using Precision.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>One trainable parameter and what the optimizer updates in its place.</summary>
internal sealed class MasterWeight : IDisposable
{
    private Tensor? buffer;

    // What the model's parameter was when master and model last agreed.
    private WeightState state;

    /// <summary>Makes a float32 master for a 16-bit parameter; any other parameter is its own.</summary>
    /// <param name="name">The parameter's name in the model's <c>state_dict</c>.</param>
    /// <param name="parameter">The model's parameter, stored as its policy says.</param>
    /// <param name="value">Its value before it was rounded to 16-bit, which the master starts with.</param>
    /// <param name="isSteppedHere">Whether this process steps it; otherwise a 16-bit parameter's master has its shape and no memory.</param>
    public MasterWeight(string name, Parameter parameter, Tensor value, bool isSteppedHere = true)
    {
        Name = name;
        ModelParameter = parameter;
        IsSteppedHere = isSteppedHere;
        var dtype = parameter.dtype;
        Master = !dtype.Is16Bit() ? parameter : isSteppedHere ? NewMaster(value) : NewStandIn(parameter);
        IsComplex = is_complex(dtype);
        Remember();
    }

    public string Name { get; }

    /// <summary>The model's parameter.</summary>
    public Parameter ModelParameter { get; }

    /// <summary>The float32 parameter that the optimizer updates; <see cref="ModelParameter"/> itself if that is not 16-bit.</summary>
    public Parameter Master { get; }

    /// <summary>Whether this process steps it. Where a training is sharded, each process steps a part and gets the others' results.</summary>
    public bool IsSteppedHere { get; }

    public bool IsComplex { get; }

    public bool IsOwnMaster => ReferenceEquals(ModelParameter, Master);

    /// <summary>Whether kernels can step master and model at once: on a GPU that has them, in the same memory layout.</summary>
    public bool FitsKernels
    {
        get
        {
            var model = TensorMetadata.Of(ModelParameter, Name);
            var fits = FusedKernels.AreAvailable(model.DeviceType, model.DeviceIndex)
                && model.IsDense && model.SameLayout(TensorMetadata.Of(Master, Name));
            GC.KeepAlive(this);
            return fits;
        }
    }

    /// <summary>The gradient, wherever it lies; null = none. A new handle each time: dispose it, or read it inside of a scope.</summary>
    public Tensor? Gradient => ModelParameter.grad ?? (IsOwnMaster ? null : Master.grad);

    /// <summary>Whether somebody else wrote the model's parameter since master and model last agreed.</summary>
    public bool HasModelChanged => !IsOwnMaster && WeightState.Of(ModelParameter) != state;

    /// <summary>Notes that master and model agree.</summary>
    public void Remember()
    {
        if (!IsOwnMaster)
        {
            state = WeightState.Of(ModelParameter);
        }
    }

    /// <summary>Memory for a float32 gradient in the master's layout, kept from step to step.</summary>
    public Tensor RequireBuffer() => buffer
        ??= empty_like(ModelParameter, dtype: IsOwnMaster ? null : ScalarType.Float32, requires_grad: false).DetachFromDisposeScope();

    /// <summary>Whether a tensor is <see cref="RequireBuffer"/>.</summary>
    public bool IsBuffer(Tensor tensor) => buffer is not null && VariableData.Identity(tensor) == VariableData.Identity(buffer);

    /// <summary>Makes another tensor the gradient, in the places where the present one is.</summary>
    /// <param name="gradient">Of the present gradient's dtype and layout. A float32 one of a 16-bit parameter is the buffer from now on.</param>
    public void ReplaceGradient(Tensor gradient)
    {
        using var onModel = ModelParameter.grad;
        using var onMaster = IsOwnMaster ? null : Master.grad;
        if (onModel is not null)
        {
            ModelParameter.grad = gradient;
        }

        if (onMaster is not null)
        {
            Master.grad = gradient;
        }

        if (!IsOwnMaster && gradient.dtype is ScalarType.Float32)
        {
            FreeBuffer();
            buffer = Gradient!.DetachFromDisposeScope();
        }
    }

    /// <summary>Leaves master and model without gradient.</summary>
    public void ClearGradient()
    {
        if (!Master.IsInvalid)
        {
            Master.grad = null;
        }

        if (!IsOwnMaster && !ModelParameter.IsInvalid)
        {
            ModelParameter.grad = null;
        }
    }

    /// <summary>Gives back the memory of <see cref="RequireBuffer"/>, after <see cref="ClearGradient"/>.</summary>
    public void FreeBuffer()
    {
        buffer?.Dispose();
        buffer = null;
    }

    public void Dispose()
    {
        FreeBuffer();
        if (!IsOwnMaster)
        {
            Master.Dispose();
        }
    }

    private static Parameter NewStandIn(Parameter parameter)
    {
        using var _ = no_grad();
        using var zero = zeros(1, dtype: ScalarType.Float32, device: parameter.device);
        return new Parameter(zero.expand(parameter.shape).DetachFromDisposeScope());
    }

    // Dense memory in the order of the parameter's, so that a fused kernel can walk through both.
    private static Parameter NewMaster(Tensor value)
    {
        using var _ = no_grad();
        using var data = Lifetime.After(value.detach(), value);
        return new Parameter(data.to(ScalarType.Float32, copy: true).DetachFromDisposeScope());
    }
}
