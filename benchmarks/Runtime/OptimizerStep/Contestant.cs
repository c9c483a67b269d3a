using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Benchmarks.OptimizerStep;

/// <summary>One way to update the weights: a row of the table.</summary>
internal abstract class Contestant(string name) : IDisposable
{
    /// <summary>The row's name.</summary>
    public string Name { get; } = name;

    /// <summary>The Float32 weights that the optimizer updates.</summary>
    public abstract IReadOnlyList<Parameter> Weights { get; }

    /// <summary>How far the weights may be from those of the first row, relative, on elements above 1e-3.</summary>
    public virtual double Tolerance => 1e-5;

    /// <summary>Takes the gradients of the next step; not timed.</summary>
    public virtual void SetGradients(IReadOnlyList<Tensor> gradients)
    {
        for (var i = 0; i < gradients.Count; i++)
        {
            Weights[i].grad = gradients[i];
        }
    }

    /// <summary>From gradients to updated weights; timed.</summary>
    public abstract void Step();

    public abstract void Dispose();
}
