using TorchSharp.Modules;
using static TorchSharp.torch.optim;

namespace Precision.Optim;

/// <summary>
/// Adam, or AMSGrad, with L2 regularization in the gradient; libtorch's <c>_fused_adam_</c>. The definition is
/// <c>torch.optim.Adam</c>'s.
/// </summary>
/// <remarks>
/// Kingma and Ba, Adam: a method for stochastic optimization (arXiv:1412.6980); Reddi, Kale and Kumar, On the convergence of Adam
/// and beyond (arXiv:1904.09237).
/// </remarks>
public partial class FusedAdam : FusedOptimizer, IBetas
{
    private readonly bool decoupled;

    /// <summary>Makes an optimizer of one group.</summary>
    /// <param name="parameters">What to optimize.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="beta1">The decay of the mean of the gradients.</param>
    /// <param name="beta2">The decay of the mean of their squares.</param>
    /// <param name="eps">Added to the denominator.</param>
    /// <param name="weight_decay">The factor of the weights that is added to the gradients.</param>
    /// <param name="amsgrad">Whether the denominator uses the largest mean of squares so far.</param>
    /// <param name="maximize">Whether to follow the gradients up.</param>
    /// <exception cref="ArgumentException">An option out of range, or parameters that <see cref="FusedOptimizer.add_param_group"/> refuses.</exception>
    public FusedAdam(
        IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
        double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        : this([new ParamGroup(parameters)], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
    {
    }

    /// <summary>Makes an optimizer of one group; messages name the parameters.</summary>
    /// <inheritdoc cref="FusedAdam(IEnumerable{Parameter}, double, double, double, double, double, bool, bool)"/>
    public FusedAdam(
        IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
        double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        : this([new ParamGroup(parameters)], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
    {
    }

    /// <summary>Makes an optimizer of several groups; options that a group lacks are these.</summary>
    /// <inheritdoc cref="FusedAdam(IEnumerable{Parameter}, double, double, double, double, double, bool, bool)"/>
    public FusedAdam(
        IEnumerable<ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
        double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        : this(parameters, new Options(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize), decoupled: false)
    {
    }

    private protected FusedAdam(IEnumerable<ParamGroup> groups, Options defaults, bool decoupled)
        : base(defaults)
    {
        ArgumentNullException.ThrowIfNull(groups);
        this.decoupled = decoupled;
        AddGroups(groups, nameof(groups));
    }

    /// <summary>The betas that new groups get.</summary>
    public (double, double) Betas
    {
        get => (Defaults.beta1!.Value, Defaults.beta2!.Value);
        set => (Defaults.beta1, Defaults.beta2) = value;
    }

    // A derived class may look at the masters' gradients, which a step from the model's does not have.
    internal override bool CanStepModelParameters => GetType() == typeof(FusedAdam) || GetType() == typeof(FusedAdamW);

    private Options Defaults => (Options)_defaults;

    private protected override void Complete(TorchSharp.Modules.ParamGroup group)
    {
        if (group is not ParamGroup { Options: { } options })
        {
            throw new ArgumentException(
                $"{GetType().Name} cannot read the options of a {group.GetType().FullName}: use {GetType().Name}.ParamGroup.", nameof(group));
        }

        options.FillFrom(Defaults);
        CheckNotNegative(options.LearningRate!.Value, "lr");
        CheckNotNegative(options.eps!.Value, nameof(options.eps));
        CheckNotNegative(options.weight_decay!.Value, nameof(options.weight_decay));
        CheckBelowOne(options.beta1!.Value, nameof(options.beta1));
        CheckBelowOne(options.beta2!.Value, nameof(options.beta2));
    }

    private protected override FusedBucket CreateBucket(IReadOnlyList<Parameter> parameters, OptimizerOptions options)
        => new AdamBucket(parameters, (Options)options, decoupled);

    private protected override void CheckLoad(OptimizerState own, OptimizerState source, string name)
        => ((State)own).CheckLoad(source, name);
}
