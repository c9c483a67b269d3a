using Precision.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Optim;

/// <summary>The parameters of one group that have one dtype and one device: what one native call updates.</summary>
internal abstract class FusedBucket(IReadOnlyList<Parameter> parameters) : IDisposable
{
    private readonly List<Tensor> gradients = new(parameters.Count);
    private readonly List<ModelGradient> modelGradients = [];
    private readonly bool[] hasOwn = new bool[parameters.Count];

    /// <summary>The parameters.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = parameters;

    /// <summary>The state of each parameter, in the same order.</summary>
    public abstract IReadOnlyList<OptimizerState> States { get; }

    /// <summary>For each parameter whether it has a gradient in this step.</summary>
    protected bool[] Present { get; } = new bool[parameters.Count];

    /// <summary>Updates the parameters that have gradients. Tensors that it makes belong to the caller's dispose scope.</summary>
    /// <param name="scaling">What the step does to its gradients; numbers on the device of the parameters.</param>
    public void Step(StepScaling scaling)
    {
        CollectGradients(scaling.ModelParameters);
        try
        {
            if (gradients.Count + modelGradients.Count > 0)
            {
                Update(gradients, modelGradients, scaling.Divisor, scaling.FoundInf);
            }
        }
        finally
        {
            gradients.Clear();
            modelGradients.Clear();
        }
    }

    /// <summary>Sets the gradients that exist to zero.</summary>
    public void ZeroGradients()
    {
        using var scope = NewDisposeScope();
        CollectGradients(null);
        Foreach.Zero_(gradients);
        gradients.Clear();
    }

    public abstract void Dispose();

    /// <summary>Updates the present parameters.</summary>
    /// <param name="gradients">The gradients of the present parameters that have one themselves.</param>
    /// <param name="modelGradients">The other present parameters: none where the step was given no model parameters.</param>
    /// <param name="gradScale">What the kernel divides them by; null = nothing.</param>
    /// <param name="foundInf">Whether the kernel does nothing; null = it always runs.</param>
    protected abstract void Update(
        IReadOnlyList<Tensor> gradients, IReadOnlyList<ModelGradient> modelGradients, Tensor? gradScale, Tensor? foundInf);

    /// <summary>Those of <paramref name="all"/> whose parameter has a gradient itself.</summary>
    protected IReadOnlyList<T> WhereOwn<T>(IReadOnlyList<T> all)
        => gradients.Count == all.Count ? all : [.. all.Where((_, i) => hasOwn[i])];

    private void CollectGradients(IReadOnlyDictionary<Parameter, Parameter>? modelParameters)
    {
        gradients.Clear();
        modelGradients.Clear();
        for (var i = 0; i < Parameters.Count; i++)
        {
            Present[i] = hasOwn[i] = false;
            if (Parameters[i].grad is { } gradient)
            {
                Present[i] = hasOwn[i] = true;
                gradients.Add(WithLayoutOf(Parameters[i], gradient));
            }
            else if (modelParameters?.GetValueOrDefault(Parameters[i]) is { } model && model.grad is { } other)
            {
                Present[i] = true;
                modelGradients.Add(new ModelGradient(i, model, WithLayoutOf(model, other)));
            }
        }
    }

    // Autograd gives gradients the strides of their parameters; only one that a user has set can differ.
    private static Tensor WithLayoutOf(Parameter parameter, Tensor gradient)
    {
        var own = TensorMetadata.Of(parameter, nameof(parameter));
        var other = TensorMetadata.Of(gradient, nameof(gradient));
        if (!other.SameShape(own) || other.SameLayout(own))
        {
            return gradient;
        }

        var copy = empty_like(parameter, dtype: gradient.dtype, device: gradient.device, requires_grad: false);
        copy.copy_(gradient);
        GC.KeepAlive(gradient);
        parameter.grad = copy;
        return copy;
    }

    /// <summary>A gradient that lies with the model's parameter.</summary>
    /// <param name="Index">The place of the master among the parameters.</param>
    /// <param name="ModelParameter">The model's 16-bit parameter.</param>
    /// <param name="Gradient">Its gradient, of its dtype and layout.</param>
    protected readonly record struct ModelGradient(int Index, Parameter ModelParameter, Tensor Gradient);
}
