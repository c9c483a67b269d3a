using Precision.Interop;
using Precision.Optim;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision;

/// <summary>
/// The model, its masters and the optimizer over them: which parameters a step updates, and whether the model is still the one
/// that the training was made for. A parameter that would be left out without a word is an exception.
/// </summary>
internal sealed class TrainedModel
{
    private readonly nn.Module module;
    private readonly MasterWeights masters;
    private readonly Optimizer optimizer;
    private readonly List<(IMixedPrecisionModule Module, PrecisionPolicy Policy)> policies;
    private const string NeedsMaster = "needs a float32 master, which is made with the training. Set requires_grad before "
        + "MixedPrecisionTraining.Create; a parameter group with lr: 0 keeps the parameter still until it is to be trained.";

    private readonly List<MasterWeight> optimized = [];
    private readonly Dictionary<nint, MasterWeight> trainable = [];
    private readonly HashSet<nint> seen = [];

    /// <summary>Joins the three.</summary>
    /// <exception cref="InvalidOperationException">The optimizer has other parameters than the masters, or none.</exception>
    /// <exception cref="NotSupportedException">The optimizer needs a closure.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer is disposed.</exception>
    public TrainedModel(nn.Module module, MasterWeights masters, Optimizer optimizer)
    {
        if (optimizer is LBFGS)
        {
            throw new NotSupportedException(
                "LBFGS evaluates the loss several times in one step, which gradients that are scaled, checked and clipped once do not "
                + "allow. Train with another optimizer.");
        }

        DisposedOptimizer.ThrowIf(optimizer);
        this.module = module;
        this.masters = masters;
        this.optimizer = optimizer;
        policies = [.. AnnotatedModules(module).Select(static part => (part, part.PrecisionPolicy))];
        var weights = ByMaster();
        optimized.AddRange(optimizer.parameters().Select(parameter => weights.GetValueOrDefault(parameter)
            ?? throw new InvalidOperationException(
                "The optimizer was made over parameters other than those that the factory was given. Use the factory's argument "
                + "(named => new FusedAdamW(named)), not model.parameters(): those of 16-bit models are not the masters.")));
        if (optimized.Count == 0)
        {
            throw new InvalidOperationException("The optimizer that the factory made has no parameters.");
        }
    }

    /// <summary>The weights that the optimizer updates, in its order.</summary>
    public IReadOnlyList<MasterWeight> Optimized => optimized;

    /// <summary>Whether a part of the model gives BFloat16 results.</summary>
    public bool GivesBFloat16 => policies.Exists(static part => part.Policy.Output is Dtype.BFloat16);

    /// <summary>Whether gradients pass through Float16, in which small ones are 0: those of a Float16 region or of Float16 parameters.</summary>
    public static bool NeedsScaling(nn.Module module)
    {
        var device = module.parameters().First().device;
        return module.parameters().Any(static parameter => parameter.dtype is ScalarType.Float16)
            || AnnotatedModules(module).Any(part => part.PrecisionPolicy.Compute switch
            {
                Dtype.Auto => DtypeResolver.Resolve(device).Dtype is Dtype.Float16,
                var compute => compute is Dtype.Float16,
            });
    }

    /// <summary>Checks what must not have changed since the training was made, and takes in what was added to the optimizer.</summary>
    /// <exception cref="InvalidOperationException">Policy or parameters changed, or the optimizer got parameters that it cannot train.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer is disposed.</exception>
    public void Check()
    {
        masters.ThrowIfUnusable();
        ThrowIfPolicyChanged();
        CheckOptimizer();
        ThrowIfParametersChanged();
    }

    /// <summary>Checks that the optimizer can step, and takes in parameters that were added to it.</summary>
    /// <exception cref="InvalidOperationException">They are 16-bit, or not the model's.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer is disposed.</exception>
    public void CheckOptimizer()
    {
        DisposedOptimizer.ThrowIf(optimizer);
        var count = optimizer.ParamGroups.Cast<ParamGroup>().Sum(static group => group.Parameters.Count());
        if (count == optimized.Count)
        {
            return;
        }

        var known = ByMaster();
        var current = optimizer.parameters().Select(parameter => known.GetValueOrDefault(parameter) ?? Adopt(parameter)).ToList();
        optimized.Clear();
        optimized.AddRange(current);
    }

    private static IEnumerable<IMixedPrecisionModule> AnnotatedModules(nn.Module module)
        => module.modules().Prepend(module).Distinct().OfType<IMixedPrecisionModule>();

    private Dictionary<Parameter, MasterWeight> ByMaster()
        => masters.SteppedHere.ToDictionary<MasterWeight, Parameter>(static weight => weight.Master, ReferenceEqualityComparer.Instance);

    private MasterWeight Adopt(Parameter parameter)
    {
        var identity = VariableData.Identity(parameter);
        var (name, own) = module.named_parameters().FirstOrDefault(entry => VariableData.Identity(entry.parameter) == identity);
        if (own is null)
        {
            throw new InvalidOperationException(
                "A parameter was added to the optimizer that is not one of the model's. Register it in the model, then make the "
                + "training.");
        }

        if (own.dtype.Is16Bit())
        {
            throw new InvalidOperationException(
                $"Parameter '{name}' was added to the optimizer. It is {own.dtype} and {NeedsMaster}");
        }

        return masters.Adopt(name, own);
    }

    private void ThrowIfParametersChanged()
    {
        if (trainable.Count != masters.Weights.Count)
        {
            trainable.Clear();
            foreach (var weight in masters.Weights)
            {
                trainable.Add(VariableData.Identity(weight.ModelParameter), weight);
            }
        }

        seen.Clear();
        foreach (var (name, parameter) in module.named_parameters())
        {
            var identity = VariableData.Identity(parameter);
            if (trainable.ContainsKey(identity))
            {
                seen.Add(identity);
            }
            else if (parameter.requires_grad)
            {
                throw new InvalidOperationException(Untrained(name, parameter));
            }
        }

        if (seen.Count < trainable.Count)
        {
            var missing = trainable.First(entry => !seen.Contains(entry.Key)).Value;
            throw new InvalidOperationException(
                $"The model's parameter '{missing.Name}' was replaced or removed after the training was made: the optimizer would "
                + "update one that the model does not use. Build the whole model first, then call MixedPrecisionTraining.Create.");
        }
    }

    private string Untrained(string name, Parameter parameter)
    {
        var identity = VariableData.Identity(parameter);
        if (!masters.Frozen.Any(entry => !entry.Parameter.IsInvalid && VariableData.Identity(entry.Parameter) == identity))
        {
            return $"Parameter '{name}' was registered after the training was made, so nothing would train it. Build the whole model "
                + "first, then call MixedPrecisionTraining.Create.";
        }

        return $"Parameter '{name}' was frozen when the training was made and requires gradients now, but the optimizer does not have it"
            + (parameter.dtype.Is16Bit()
                ? $". It is {parameter.dtype} and {NeedsMaster}"
                : ": add it to training.Optimizer (add_param_group), or set requires_grad before MixedPrecisionTraining.Create.");
    }

    private void ThrowIfPolicyChanged()
    {
        foreach (var (part, policy) in policies)
        {
            if (part.PrecisionPolicy != policy)
            {
                throw new InvalidOperationException(
                    $"The policy of {part.GetType().Name} was changed after the training was made ({policy} to {part.PrecisionPolicy}): masters "
                    + "and scaler are those of the old one. Set PrecisionPolicy first, then call MixedPrecisionTraining.Create.");
            }
        }
    }
}
