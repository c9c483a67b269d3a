using Precision.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>One trainable parameter and what the optimizer updates in its place.</summary>
internal sealed class MasterWeight : IDisposable
{
    private Tensor? gradient;

    /// <summary>Makes a float32 master for a 16-bit parameter; any other parameter is its own.</summary>
    /// <param name="name">The parameter's name in the model's <c>state_dict</c>.</param>
    /// <param name="model">The parameter, stored as it shall be.</param>
    /// <param name="value">Its value before it was rounded to 16-bit, which the master starts with.</param>
    public MasterWeight(string name, Parameter model, Tensor value)
    {
        Name = name;
        Model = model;
        Master = model.dtype.Is16Bit() ? NewMaster(value) : model;
        Remember();
    }

    public string Name { get; }

    /// <summary>The model's parameter.</summary>
    public Parameter Model { get; }

    /// <summary>The float32 parameter that the optimizer updates; <see cref="Model"/> itself if that is not 16-bit.</summary>
    public Parameter Master { get; }

    public bool IsOwnMaster => ReferenceEquals(Model, Master);

    /// <summary>Whether kernels can step master and model at once: on a GPU that has them, in the same memory layout.</summary>
    public bool FitsKernels
    {
        get
        {
            var model = TensorMetadata.Of(Model, Name);
            return FusedKernels.AreAvailable(model.DeviceType, model.DeviceIndex)
                && model.IsDense && model.SameLayout(TensorMetadata.Of(Master, Name));
        }
    }

    /// <summary>Whether the master has a gradient that was copied from the model's.</summary>
    public bool HasGradient { get; private set; }

    /// <summary>The gradient, wherever it lies; null = none.</summary>
    public Tensor? Gradient => Master.grad ?? Model.grad;

    /// <summary>What the model's parameter was when master and model last agreed.</summary>
    private WeightState State { get; set; }

    /// <summary>Whether somebody else wrote the model's parameter since master and model last agreed.</summary>
    public bool HasModelChanged => !IsOwnMaster && WeightState.Of(Model) != State;

    /// <summary>Notes that master and model agree.</summary>
    public void Remember()
    {
        if (!IsOwnMaster)
        {
            State = WeightState.Of(Model);
        }
    }

    /// <summary>The master's gradient: memory that is kept from step to step.</summary>
    public Tensor RequireGradient() => gradient ??= empty_like(Master, requires_grad: false).DetachFromDisposeScope();

    /// <summary>Hands <see cref="RequireGradient"/>, which holds the model's gradient now, to the master, and frees the model's.</summary>
    public void MoveGradient()
    {
        Master.grad = RequireGradient();
        Model.grad = null;
        HasGradient = true;
    }

    /// <summary>Leaves master and model without gradient.</summary>
    public void ClearGradient()
    {
        DropMasterGradient();
        if (!Model.IsInvalid)
        {
            Model.grad = null;
        }
    }

    /// <summary>Leaves the master without a gradient that was copied from the model's.</summary>
    public void DropMasterGradient()
    {
        if (HasGradient && !Master.IsInvalid)
        {
            Master.grad = null;
            HasGradient = false;
        }
    }

    /// <summary>Gives back the memory of <see cref="RequireGradient"/>, after <see cref="ClearGradient"/>.</summary>
    public void FreeGradient()
    {
        gradient?.Dispose();
        gradient = null;
    }

    public void Dispose()
    {
        FreeGradient();
        if (!IsOwnMaster)
        {
            Master.Dispose();
        }
    }

    // Dense memory in the order of the parameter's, so that a fused kernel can walk through both.
    private static Parameter NewMaster(Tensor value)
    {
        using var _ = no_grad();
        using var data = value.detach();
        return new Parameter(data.to(ScalarType.Float32, copy: true).DetachFromDisposeScope());
    }
}
