using Precision.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Optim;

/// <summary>
/// An optimizer whose step is one native call for all parameters of a group (and of one device and dtype), through libtorch's
/// fused kernels. Everything else is TorchSharp's: parameter groups, learning-rate schedulers, <c>state_dict</c>,
/// <c>save_state_dict</c>, <c>load_state_dict</c>.
/// </summary>
/// <remarks>
/// A parameter without a gradient is left alone, and its step is not counted. A gradient with other strides than its parameter's
/// is replaced by a copy with the parameter's.
/// </remarks>
public abstract class FusedOptimizer : OptimizerHelper
{
    private readonly Dictionary<ParamGroup, FusedBucket[]> buckets = [];
    private bool disposed;

    private protected FusedOptimizer(OptimizerOptions defaults)
    {
        _defaults = defaults;
        _parameter_groups = [];
    }

    /// <summary>
    /// What the gradients are divided by during the step, in place: one Float32 number; null = nothing. A scaler sets it, on
    /// its own device, for the duration of a step (PyTorch's <c>_step_supports_amp_scaling</c> protocol).
    /// </summary>
    public Tensor? grad_scale { get; set; }

    /// <summary>
    /// Whether the step is to be skipped, read by the device and never by the host: one Float32 number, 1 = skip, 0 = not;
    /// null = never. A skipped step changes neither weights nor state nor step counts, nor the gradients.
    /// </summary>
    public Tensor? found_inf { get; set; }

    /// <summary>
    /// Where the gradients of a <see cref="MixedPrecisionTraining"/> lie that steps this optimizer; null = the user steps it. The
    /// training alone steps then: it unscales, checks and clips first.
    /// </summary>
    internal GradientOwner? Owner { get; set; }

    /// <summary>Whether there is a kernel that steps from 16-bit gradients (<see cref="StepScaling.ModelParameters"/>).</summary>
    internal virtual bool CanStepModelParameters => false;

    /// <summary>Updates the parameters that have gradients.</summary>
    /// <param name="closure">Computes the loss again, with gradients; null = they are there already.</param>
    /// <returns>What the closure returned; null without one.</returns>
    /// <exception cref="ObjectDisposedException">The optimizer is disposed.</exception>
    /// <exception cref="InvalidOperationException">
    /// A parameter was replaced or disposed after the optimizer was made; the optimizer belongs to a
    /// <see cref="MixedPrecisionTraining"/>.
    /// </exception>
    /// <exception cref="ArgumentException">A gradient is sparse, or has another shape, dtype or device than its parameter.</exception>
    public override Tensor? step(Func<Tensor>? closure = null)
    {
        ThrowIfOwned(caller: null);
        return Step(new StepScaling(grad_scale, found_inf), closure);
    }

    /// <summary>Clears all gradients: sets them to zero, with one native call a group; in a training drops them.</summary>
    /// <exception cref="ObjectDisposedException">The optimizer is disposed.</exception>
    /// <exception cref="InvalidOperationException">A parameter was replaced or disposed after the optimizer was made.</exception>
    public override void zero_grad()
    {
        ThrowIfUnusable();
        if (Owner is not null)
        {
            Owner.Clear();
            return;
        }

        foreach (var bucket in buckets.Values.SelectMany(static buckets => buckets))
        {
            bucket.ZeroGradients();
        }
    }

    /// <summary>
    /// A step whose gradients are divided, and which may be skipped, beside what the user has set: gradients are divided by
    /// <see cref="grad_scale"/> too.
    /// </summary>
    /// <param name="scaling">What the step does to its gradients. It replaces <see cref="found_inf"/>.</param>
    /// <param name="caller">The owner on whose behalf the step is made; null = none.</param>
    /// <exception cref="InvalidOperationException">As <see cref="step"/>.</exception>
    internal Tensor? StepWith(StepScaling scaling, GradientOwner? caller)
    {
        ThrowIfOwned(caller);
        using var scope = NewDisposeScope();
        var divisor = (scaling.Divisor, grad_scale) switch
        {
            (null, var own) => own,
            (var given, null) => given,
            var (given, own) => given * own.to(given.device),
        };
        return Step(scaling with { Divisor = divisor }, closure: null, areChecked: caller is not null);
    }

    /// <summary>Adds parameters with options of their own; options that they lack are the optimizer's.</summary>
    /// <param name="param_group">The group, of this optimizer's own type.</param>
    /// <exception cref="ArgumentException">
    /// A group of another optimizer, or with an option out of range; a parameter that is disposed, not floating, not dense in memory, or in
    /// this optimizer already.
    /// </exception>
    public override void add_param_group(ParamGroup param_group)
    {
        ArgumentNullException.ThrowIfNull(param_group);
        ThrowIfUnusable();
        Complete(param_group);

        // Listed once: a lazy query would give other objects after model.to(dtype), and a tied weight is one weight.
        var parameters = (param_group.Parameters ?? []).Distinct<Parameter>(ReferenceEqualityComparer.Instance).ToList();
        for (var i = 0; i < parameters.Count; i++)
        {
            CheckParameter(parameters[i], NameOf(param_group, parameters[i], i));
        }

        FusedBucket[] groupBuckets =
        [
            .. parameters
                .GroupBy(static p => (p.dtype, p.device_type, p.device_index))
                .Select(same => CreateBucket([.. same], param_group.Options)),
        ];
        param_group.Parameters = parameters;
        param_group.Options.InitialLearningRate = param_group.LearningRate;
        buckets.Add(param_group, groupBuckets);
        _parameter_groups.Add(param_group);
        foreach (var bucket in groupBuckets)
        {
            for (var i = 0; i < bucket.Parameters.Count; i++)
            {
                var parameter = bucket.Parameters[i];
                _state[parameter.Handle] = bucket.States[i];
                GC.KeepAlive(parameter);
            }
        }

    }

    /// <summary>
    /// Adds the groups that the optimizer is made with. One may be empty: a process's part of a model can lack a kind of parameters.
    /// </summary>
    /// <exception cref="ArgumentException">None has parameters, or as <see cref="add_param_group"/>.</exception>
    private protected void AddGroups(IEnumerable<ParamGroup> groups, string name)
    {
        foreach (var group in groups)
        {
            add_param_group(group);
        }

        if (_state.Count == 0)
        {
            throw new ArgumentException("The parameter groups are empty: an optimizer needs parameters.", name);
        }
    }

    /// <summary>The options of each group and the state of each parameter: the live objects.</summary>
    /// <exception cref="ObjectDisposedException">The optimizer is disposed.</exception>
    /// <exception cref="InvalidOperationException">A parameter was replaced or disposed after the optimizer was made.</exception>
    public override StateDictionary state_dict()
    {
        ThrowIfUnusable();
        return base.state_dict();
    }

    /// <summary>Copies the options and states of another optimizer of this type.</summary>
    /// <param name="state_dict">What <see cref="state_dict"/> of the other optimizer returned.</param>
    /// <exception cref="ArgumentException">
    /// Another number of groups or parameters, another optimizer's states, or other shapes; nothing is changed then.
    /// </exception>
    public override void load_state_dict(StateDictionary state_dict)
    {
        ArgumentNullException.ThrowIfNull(state_dict);
        var own = this.state_dict();
        if (own.Options.Count == state_dict.Options.Count && own.State.Count == state_dict.State.Count)
        {
            for (var i = 0; i < own.State.Count; i++)
            {
                CheckLoad(own.State[i], state_dict.State[i], $"state {i}");
            }
        }

        base.load_state_dict(state_dict);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && !disposed)
        {
            disposed = true;
            foreach (var bucket in buckets.Values.SelectMany(static buckets => buckets))
            {
                bucket.Dispose();
            }

            buckets.Clear();
            _state.Clear();
        }
    }

    /// <summary>Fills in the options that a group lacks and checks all.</summary>
    /// <exception cref="ArgumentException">A group of another optimizer, or an option out of range.</exception>
    private protected abstract void Complete(ParamGroup group);

    /// <summary>Makes what updates these parameters, of one dtype and device.</summary>
    private protected abstract FusedBucket CreateBucket(IReadOnlyList<Parameter> parameters, OptimizerOptions options);

    /// <summary>Refuses a state that cannot be loaded.</summary>
    /// <exception cref="ArgumentException">Another optimizer's state, or another shape.</exception>
    private protected abstract void CheckLoad(OptimizerState own, OptimizerState source, string name);

    /// <exception cref="ArgumentException">The option is negative or not a number.</exception>
    private protected static void CheckNotNegative(double value, string name)
    {
        if (!(value >= 0))
        {
            throw new ArgumentException($"{name} is {value}: it must be at least 0.", name);
        }
    }

    /// <exception cref="ArgumentException">The option is outside of [0, 1).</exception>
    private protected static void CheckBelowOne(double value, string name)
    {
        if (value is not (>= 0 and < 1))
        {
            throw new ArgumentException($"{name} is {value}: it must be at least 0 and below 1.", name);
        }
    }

    private static string NameOf(ParamGroup group, Parameter parameter, int index)
        => parameter is not null && (group as INamedParameters)?.Names?.GetValueOrDefault(parameter) is { } name
            ? $"Parameter '{name}'"
            : $"Parameter {index}";

    private static Tensor? OnDevice(Tensor? number, FusedBucket bucket)
    {
        var parameter = bucket.Parameters[0];
        return number is null || (number.device_type == parameter.device_type && number.device_index == parameter.device_index)
            ? number
            : Lifetime.After(number.to(parameter.device), number);
    }

    private void CheckParameter(Parameter parameter, string name)
    {
        if (parameter is null)
        {
            throw new ArgumentException($"{name} is null.", nameof(parameter));
        }

        if (parameter.IsInvalid)
        {
            throw new ArgumentException(
                $"{name} is disposed. Read the parameters again after model.to(...), which replaces them.", nameof(parameter));
        }

        var metadata = TensorMetadata.Of(parameter, name);
        if (!parameter.is_floating_point())
        {
            throw new ArgumentException($"{name} is {metadata.ToString()}: only floating parameters can be optimized.", nameof(parameter));
        }

        if (!metadata.IsDense)
        {
            throw new ArgumentException(
                $"{name} ({metadata.ToString()}) has gaps or overlaps in memory, which a fused kernel would write into: make the "
                + "parameter from contiguous() or clone().",
                nameof(parameter));
        }

        // In a training the factory is given masters.
        if (parameter.dtype.Is16Bit())
        {
            ProtocolFault.Warn(
                RuleIdentifiers.OptimizerOver16BitParameters, ProtocolMessages.SixteenBitParameters, GetType().Name, parameter.dtype.ToString());
        }

        if (Lifetime.After(_state.ContainsKey(parameter.Handle), parameter))
        {
            throw new ArgumentException($"{name} is in another group of this optimizer already.", nameof(parameter));
        }
    }

    private Tensor? Step(StepScaling scaling, Func<Tensor>? closure, bool areChecked = false)
    {
        ThrowIfUnusable();
        var isChecked = areChecked; // by the owner of the gradients
        return _step<ParamGroup>(
            group =>
            {
                if (!isChecked)
                {
                    // After the closure, and before the first group steps.
                    CheckGradients();
                    isChecked = true;
                }

                foreach (var bucket in buckets[group])
                {
                    bucket.Step(scaling with
                    {
                        Divisor = OnDevice(scaling.Divisor, bucket),
                        FoundInf = OnDevice(scaling.FoundInf, bucket),
                    });
                }
            },
            closure);
    }

    /// <exception cref="ArgumentException">A gradient is sparse, or has another shape, dtype or device than its parameter.</exception>
    internal void CheckGradients()
    {
        foreach (var group in buckets.Keys)
        {
            var parameters = (IReadOnlyList<Parameter>)group.Parameters;
            for (var i = 0; i < parameters.Count; i++)
            {
                using var gradient = parameters[i].grad;
                if (gradient is null)
                {
                    continue;
                }

                var (parameter, index) = (parameters[i], i);
                GradientFit.Check(parameter, gradient, () => NameOf(group, parameter, index));
                if (gradient.is_sparse)
                {
                    throw new ArgumentException(
                        $"{NameOf(group, parameter, index)} has a sparse gradient, and a fused kernel takes dense ones. Make the embedding "
                        + "with sparse: false, or the gradient dense (to_dense()). Nothing was changed.");
                }
            }
        }
    }

    private void ThrowIfOwned(GradientOwner? caller)
    {
        if (Owner is not null && !ReferenceEquals(Owner, caller))
        {
            throw new InvalidOperationException(
                ProtocolFault.Text(
                    RuleIdentifiers.ScalerIsBypassed, ProtocolMessages.SteppedPastTraining, GetType().Name, nameof(MixedPrecisionTraining))
                + $" This {GetType().Name} belongs to a MixedPrecisionTraining, whose Step() unscales, checks and clips the gradients and "
                + "then steps the optimizer. Call training.Step() instead of the optimizer's step().");
        }
    }

    /// <exception cref="ObjectDisposedException">The optimizer is disposed.</exception>
    /// <exception cref="InvalidOperationException">A parameter was replaced or disposed.</exception>
    internal void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        foreach (var group in buckets.Keys)
        {
            var parameters = (IReadOnlyList<Parameter>)group.Parameters;
            for (var i = 0; i < parameters.Count; i++)
            {
                if (parameters[i].IsInvalid)
                {
                    throw new InvalidOperationException(
                        ReplacedParameters.Words(GetType().Name)
                        + $"{NameOf(group, parameters[i], i)} of this {GetType().Name} no longer exists: model.to(dtype or device) and "
                        + "setters such as Linear.weight replace parameters. Convert and move the model first, then make the "
                        + "optimizer.");
                }
            }
        }
    }
}
