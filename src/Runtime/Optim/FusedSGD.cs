using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.optim;

namespace Precision.Optim;

/// <summary>
/// Stochastic gradient descent, with momentum, Nesterov momentum, dampening and L2 regularization; libtorch's
/// <c>_fused_sgd_</c>. The definition is <c>torch.optim.SGD</c>'s.
/// </summary>
/// <remarks>
/// Sutskever et al., On the importance of initialization and momentum in deep learning (ICML 2013). A parameter's first step
/// sets its momentum to the gradient, undampened. With dampening and <see cref="FusedOptimizer.found_inf"/> that step alone
/// waits for the device, because the host must know whether the momentum exists.
/// </remarks>
public sealed partial class FusedSGD : FusedOptimizer, IMomentum
{
    /// <summary>Makes an optimizer of one group.</summary>
    /// <param name="parameters">What to optimize.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="momentum">The factor by which the momentum decays.</param>
    /// <param name="dampening">How much less than the whole gradient joins the momentum.</param>
    /// <param name="weight_decay">The factor of the weights that is added to the gradients.</param>
    /// <param name="nesterov">Whether the momentum is Nesterov's, which needs momentum and no dampening.</param>
    /// <param name="maximize">Whether to follow the gradients up.</param>
    /// <exception cref="ArgumentException">An option out of range, or parameters that <see cref="FusedOptimizer.add_param_group"/> refuses.</exception>
    /// <exception cref="NotSupportedException">16-bit parameters on a CPU, for which libtorch has no working kernel.</exception>
    public FusedSGD(
        IEnumerable<Parameter> parameters, double lr = 1e-3, double momentum = 0, double dampening = 0, double weight_decay = 0,
        bool nesterov = false, bool maximize = false)
        : this([new ParamGroup(parameters)], lr, momentum, dampening, weight_decay, nesterov, maximize)
    {
    }

    /// <summary>Makes an optimizer of one group; messages name the parameters.</summary>
    /// <inheritdoc cref="FusedSGD(IEnumerable{Parameter}, double, double, double, double, bool, bool)"/>
    public FusedSGD(
        IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-3, double momentum = 0, double dampening = 0,
        double weight_decay = 0, bool nesterov = false, bool maximize = false)
        : this([new ParamGroup(parameters)], lr, momentum, dampening, weight_decay, nesterov, maximize)
    {
    }

    /// <summary>Makes an optimizer of several groups; options that a group lacks are these.</summary>
    /// <inheritdoc cref="FusedSGD(IEnumerable{Parameter}, double, double, double, double, bool, bool)"/>
    public FusedSGD(
        IEnumerable<ParamGroup> parameters, double lr = 1e-3, double momentum = 0, double dampening = 0, double weight_decay = 0,
        bool nesterov = false, bool maximize = false)
        : base(new Options(lr, momentum, dampening, weight_decay, nesterov, maximize))
    {
        ArgumentNullException.ThrowIfNull(parameters);
        AddGroups(parameters, nameof(parameters));
    }

    /// <summary>The momentum that new groups get.</summary>
    public double Momentum
    {
        get => Defaults.momentum!.Value;
        set => Defaults.momentum = value;
    }

    private Options Defaults => (Options)_defaults;

    private protected override void Complete(TorchSharp.Modules.ParamGroup group)
    {
        if (group is not ParamGroup { Options: { } options })
        {
            throw new ArgumentException(
                $"FusedSGD cannot read the options of a {group.GetType().FullName}: use FusedSGD.ParamGroup.", nameof(group));
        }

        options.FillFrom(Defaults);
        CheckNotNegative(options.LearningRate!.Value, "lr");
        CheckNotNegative(options.momentum!.Value, nameof(options.momentum));
        CheckNotNegative(options.weight_decay!.Value, nameof(options.weight_decay));
        if (options.nesterov!.Value && (options.momentum == 0 || options.dampening != 0))
        {
            throw new ArgumentException(
                $"Nesterov momentum needs momentum above 0 and no dampening; momentum is {options.momentum}, dampening "
                + $"{options.dampening}.",
                nameof(group));
        }
    }

    private protected override FusedBucket CreateBucket(IReadOnlyList<Parameter> parameters, OptimizerOptions options)
    {
        // In libtorch 2.10 the vectorized CPU kernel for 16-bit dtypes computes the update and never stores it
        // (aten/src/ATen/native/cpu/FusedSGDKernel.cpp).
        var first = parameters[0];
        if (first.dtype.Is16Bit() && first.device_type is DeviceType.CPU)
        {
            throw new NotSupportedException(
                $"libtorch's fused SGD leaves {first.dtype} parameters on a CPU unchanged. Keep the parameters in Float32, or give "
                + "this optimizer Float32 master weights (MixedPrecisionTraining does).");
        }

        return new SgdBucket(parameters, (Options)options);
    }

    private protected override void CheckLoad(OptimizerState own, OptimizerState source, string name)
        => ((State)own).CheckLoad(source, name);
}
