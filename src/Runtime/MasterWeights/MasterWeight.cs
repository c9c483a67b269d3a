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
    public MasterWeight(string name, Parameter parameter, Tensor value)
    {
        Name = name;
        ModelParameter = parameter;
        var dtype = parameter.dtype;
        Master = dtype.Is16Bit() ? NewMaster(value) : parameter;
        IsComplex = is_complex(dtype);
        Remember();
    }

    public string Name { get; }

    /// <summary>The model's parameter.</summary>
    public Parameter ModelParameter { get; }

    /// <summary>The float32 parameter that the optimizer updates; <see cref="ModelParameter"/> itself if that is not 16-bit.</summary>
    public Parameter Master { get; }

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
    public Tensor RequireBuffer() => buffer ??= empty_like(Master, requires_grad: false).DetachFromDisposeScope();

    /// <summary>Whether a tensor is <see cref="RequireBuffer"/>.</summary>
    public bool IsBuffer(Tensor tensor) => buffer is not null && VariableData.Identity(tensor) == VariableData.Identity(buffer);

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

    // Dense memory in the order of the parameter's, so that a fused kernel can walk through both.
    private static Parameter NewMaster(Tensor value)
    {
        using var _ = no_grad();
        using var data = Lifetime.After(value.detach(), value);
        return new Parameter(data.to(ScalarType.Float32, copy: true).DetachFromDisposeScope());
    }
}
