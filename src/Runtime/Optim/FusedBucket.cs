using Precision.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Optim;

/// <summary>The parameters of one group that have one dtype and one device: what one native call updates.</summary>
internal abstract class FusedBucket(IReadOnlyList<Parameter> parameters) : IDisposable
{
    private readonly List<Tensor> gradients = new(parameters.Count);

    /// <summary>The parameters.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = parameters;

    /// <summary>The state of each parameter, in the same order.</summary>
    public abstract IReadOnlyList<OptimizerState> States { get; }

    /// <summary>For each parameter whether it has a gradient in this step.</summary>
    protected bool[] Present { get; } = new bool[parameters.Count];

    /// <summary>Updates the parameters that have gradients. Tensors that it makes belong to the caller's dispose scope.</summary>
    public void Step(Tensor? gradScale, Tensor? foundInf)
    {
        CollectGradients();
        if (gradients.Count > 0)
        {
            Update(gradients, gradScale, foundInf);
        }

        gradients.Clear();
    }

    /// <summary>Sets the gradients that exist to zero.</summary>
    public void ZeroGradients()
    {
        using var scope = NewDisposeScope();
        CollectGradients();
        Foreach.Zero_(gradients);
        gradients.Clear();
    }

    public abstract void Dispose();

    /// <summary>Updates the present parameters.</summary>
    /// <param name="gradients">The gradients of the present parameters.</param>
    /// <param name="gradScale">What the kernel divides them by; null = nothing.</param>
    /// <param name="foundInf">Whether the kernel does nothing; null = it always runs.</param>
    protected abstract void Update(IReadOnlyList<Tensor> gradients, Tensor? gradScale, Tensor? foundInf);

    /// <summary>Those of <paramref name="all"/> whose parameter has a gradient.</summary>
    protected IReadOnlyList<T> WherePresent<T>(IReadOnlyList<T> all)
        => gradients.Count == all.Count ? all : [.. all.Where((_, i) => Present[i])];

    private void CollectGradients()
    {
        gradients.Clear();
        for (var i = 0; i < Parameters.Count; i++)
        {
            var gradient = Parameters[i].grad;
            Present[i] = gradient is not null;
            if (gradient is not null)
            {
                gradients.Add(WithLayoutOf(Parameters[i], gradient));
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
        parameter.grad = copy;
        return copy;
    }
}
