using TorchSharp.Modules;

namespace Precision.Optim;

/// <summary>
/// Adam with decoupled weight decay; libtorch's <c>_fused_adamw_</c>. The definition and the default weight decay (0.01) are
/// <c>torch.optim.AdamW</c>'s; TorchSharp's own AdamW has 0.
/// </summary>
/// <remarks>Loshchilov and Hutter, Decoupled weight decay regularization (arXiv:1711.05101).</remarks>
public sealed class FusedAdamW : FusedAdam
{
    /// <summary>Makes an optimizer of one group.</summary>
    /// <param name="parameters">What to optimize.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="beta1">The decay of the mean of the gradients.</param>
    /// <param name="beta2">The decay of the mean of their squares.</param>
    /// <param name="eps">Added to the denominator.</param>
    /// <param name="weight_decay">The weights shrink by lr · weight_decay in each step.</param>
    /// <param name="amsgrad">Whether the denominator uses the largest mean of squares so far.</param>
    /// <param name="maximize">Whether to follow the gradients up.</param>
    /// <exception cref="ArgumentException">An option out of range, or parameters that <see cref="FusedOptimizer.add_param_group"/> refuses.</exception>
    public FusedAdamW(
        IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
        double weight_decay = 0.01, bool amsgrad = false, bool maximize = false)
        : this([new ParamGroup(parameters)], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
    {
    }

    /// <summary>Makes an optimizer of one group; messages name the parameters.</summary>
    /// <inheritdoc cref="FusedAdamW(IEnumerable{Parameter}, double, double, double, double, double, bool, bool)"/>
    public FusedAdamW(
        IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
        double eps = 1e-8, double weight_decay = 0.01, bool amsgrad = false, bool maximize = false)
        : this([new ParamGroup(parameters)], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
    {
    }

    /// <summary>Makes an optimizer of several groups; options that a group lacks are these.</summary>
    /// <inheritdoc cref="FusedAdamW(IEnumerable{Parameter}, double, double, double, double, double, bool, bool)"/>
    public FusedAdamW(
        IEnumerable<ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
        double weight_decay = 0.01, bool amsgrad = false, bool maximize = false)
        : base(parameters, new Options(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize), decoupled: true)
    {
    }
}
