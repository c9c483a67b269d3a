using Precision.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// The float32 masters of a model's 16-bit parameters, which an optimizer updates in their place: an update smaller than the
/// parameter's last bit is kept instead of rounded away (Micikevicius et al., arXiv:1710.03740). A parameter that is stored in
/// float32 is its own master. Made by <see cref="IMixedPrecisionModule.CreateMasterWeights"/>.
/// </summary>
/// <remarks>
/// <para>Each method is one native call for all parameters, and none waits for the device. A parameter that two modules share
/// is one parameter. Frozen parameters (<c>requires_grad</c> false) are stored as the policy says and have no master.</para>
/// <para>Weights that come into the model later (<c>load</c>, <c>load_state_dict</c>, <c>copy_</c>) are noticed: the next
/// <see cref="CopyToModel"/> throws instead of overwriting them. On a CPU, writes past TorchSharp's operators are recognised by
/// 16 elements of each parameter.</para>
/// <para>Not for use by several threads at once.</para>
/// </remarks>
/// <example><code>
/// using var masters = model.CreateMasterWeights();
/// using var optimizer = new FusedAdamW(masters.named_parameters(), lr: 3e-4);
/// loss.backward();
/// masters.CopyGradients();
/// optimizer.step();
/// masters.CopyToModel();
/// </code></example>
public sealed class MasterWeights : IDisposable
{
    private readonly List<MasterWeight> weights = [];
    private readonly List<MasterWeight> sixteenBit;
    private readonly Parameter[] modelParameters;
    private readonly Parameter[] masters;
    private readonly List<(string Name, Parameter Parameter)> frozen = [];
    private Tensor[]? nothingOfModel;
    private bool disposed;

    private MasterWeights(StoragePlan plan, Predicate<string> isSteppedHere)
    {
        foreach (var stored in plan.Parameters)
        {
            var parameter = stored.Tensor;
            using var value = parameter.detach();
            stored.Store();
            if (parameter.requires_grad)
            {
                weights.Add(new MasterWeight(stored.Name, parameter, value, isSteppedHere(stored.Name)));
            }
            else
            {
                frozen.Add((stored.Name, parameter));
            }
        }

        foreach (var buffer in plan.Buffers)
        {
            buffer.Store();
        }

        sixteenBit = weights.FindAll(static weight => !weight.IsOwnMaster && weight.IsSteppedHere);
        modelParameters = [.. sixteenBit.Select(static weight => weight.ModelParameter)];
        masters = [.. sixteenBit.Select(static weight => weight.Master)];
        Gradients = new GradientOwner(weights);
        Storage = [.. plan.Parameters.Select(static stored => new StoredParameter(
            stored.Name, stored.Tensor.dtype, stored.Tensor.requires_grad && stored.Tensor.dtype.Is16Bit(), stored.Reason))];
    }

    /// <summary>What an optimizer updates: for each trainable parameter its master, in the order of <c>named_parameters()</c>.</summary>
    public IReadOnlyList<Parameter> Parameters => [.. SteppedHere.Select(static weight => weight.Master)];

    /// <summary>How each of the model's parameters is stored and why, frozen ones too.</summary>
    public IReadOnlyList<StoredParameter> Storage { get; }

    /// <summary>The trainable parameters, with the model's parameter and its master.</summary>
    internal IReadOnlyList<MasterWeight> Weights => weights;

    /// <summary>Those that this process steps: all, unless the training is sharded.</summary>
    internal IEnumerable<MasterWeight> SteppedHere => weights.Where(static weight => weight.IsSteppedHere);

    /// <summary>The parameters that were frozen when the masters were made.</summary>
    internal IReadOnlyList<(string Name, Parameter Parameter)> Frozen => frozen;

    /// <summary>How often masters were given other values than an optimizer's.</summary>
    internal int Writes { get; private set; }

    /// <summary>Whether a <see cref="MixedPrecisionTraining"/> runs the backwards and the steps.</summary>
    internal bool BelongToTraining { get; set; }

    /// <summary>Where the gradients are.</summary>
    internal GradientOwner Gradients { get; }

    /// <summary>The master of a parameter.</summary>
    /// <param name="name">The parameter's name in the model's <c>state_dict</c>.</param>
    /// <exception cref="KeyNotFoundException">The model has no trainable parameter of that name.</exception>
    public Parameter this[string name]
        => SteppedHere.FirstOrDefault(weight => weight.Name == name)?.Master ?? throw new KeyNotFoundException(
            weights.Exists(weight => weight.Name == name)
                ? $"The master of '{name}' is in another process, since the training is sharded."
                : $"The model had no trainable parameter '{name}' when its masters were made.");

    /// <summary>The same as <see cref="Parameters"/>, each with its name in the model's <c>state_dict</c>.</summary>
    public IReadOnlyList<(string name, Parameter parameter)> named_parameters()
        => [.. SteppedHere.Select(static weight => (weight.Name, weight.Master))];

    /// <summary>
    /// Moves the gradients of the 16-bit parameters to their masters, as float32; the model's are then null, so that the next
    /// backward starts over. The gradient of a float32 parameter stays where it is. Calling it again before the next backward
    /// changes nothing.
    /// </summary>
    /// <remarks>
    /// For loops that call <c>loss.backward()</c> and the optimizer themselves. In a training the model's parameters keep them too, and
    /// <see cref="MixedPrecisionTraining.Gradients"/> gives all gradients that will be stepped.
    /// </remarks>
    /// <param name="accumulate">
    /// True adds to what the masters have since the last <see cref="CopyToModel"/>, in float32: for the second and later
    /// micro-batches of one step. False replaces it; a master whose parameter has no gradient then gets none.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// The model's parameters were replaced (<c>to</c>) or a frozen 16-bit one trains now: make new masters.
    /// </exception>
    /// <exception cref="ArgumentException">A gradient has another shape, dtype or device than its parameter.</exception>
    /// <exception cref="ObjectDisposedException">The masters are disposed.</exception>
    public void CopyGradients(bool accumulate = false)
    {
        ThrowIfUnusable();
        ThrowIfUnfrozen();
        if (!BelongToTraining || Gradients.ArePending)
        {
            Gradients.CheckFit();
            Gradients.MoveToMasters(accumulate, share: BelongToTraining);
        }
    }

    /// <summary>Rounds the masters into the model's 16-bit parameters: after each step of the optimizer.</summary>
    /// <param name="overwriteChanges">True discards what was written into the model since master and model last agreed.</param>
    /// <exception cref="InvalidOperationException">
    /// The model was changed meanwhile (weights were loaded): <see cref="CopyFromModel"/> takes the new weights, or the model's
    /// parameters were replaced (<c>to</c>): make new masters.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The masters are disposed.</exception>
    public void CopyToModel(bool overwriteChanges = false)
    {
        ThrowIfUnusable();
        if (!overwriteChanges)
        {
            ThrowIfModelChanged();
        }

        Foreach.Copy_(modelParameters, masters);
        NoteAgreement();
        if (Gradients.State is GradientState.OnMasters && !BelongToTraining)
        {
            Gradients.NoteStep(clear: false);
        }
    }

    /// <summary>Takes the model's weights as the masters' new values: after weights were loaded into the model.</summary>
    /// <exception cref="InvalidOperationException">The model's parameters were replaced (<c>to</c>): make new masters.</exception>
    /// <exception cref="ObjectDisposedException">The masters are disposed.</exception>
    public void CopyFromModel()
    {
        ThrowIfUnusable();
        Foreach.Copy_(masters, modelParameters);
        Writes++;
        NoteAgreement();
    }

    /// <summary>The masters by name: the live tensors, float32 parameters of the model included.</summary>
    /// <exception cref="ObjectDisposedException">The masters are disposed.</exception>
    public Dictionary<string, Tensor> state_dict()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return SteppedHere.ToDictionary(static weight => weight.Name, static weight => (Tensor)weight.Master);
    }

    /// <summary>Copies values into the masters, and rounds them into the model.</summary>
    /// <param name="state_dict">Dense tensors by parameter name, of the parameters' shapes; any real dtype and any device that has memory.</param>
    /// <param name="strict">Whether the names must be exactly those of <see cref="state_dict"/>.</param>
    /// <exception cref="ArgumentException">
    /// Names or shapes differ, or a tensor is disposed, sparse, quantized, complex or without memory (meta); nothing is changed then.
    /// </exception>
    /// <exception cref="InvalidOperationException">The model's parameters were replaced (<c>to</c>): make new masters.</exception>
    /// <exception cref="ObjectDisposedException">The masters are disposed.</exception>
    public void load_state_dict(IReadOnlyDictionary<string, Tensor> state_dict, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(state_dict);
        ThrowIfUnusable();
        if (strict)
        {
            var names = SteppedHere.Select(static weight => weight.Name).ToList();
            var missing = names.Except(state_dict.Keys).ToList();
            var unknown = state_dict.Keys.Except(names).ToList();
            if (missing.Count + unknown.Count > 0)
            {
                throw new ArgumentException(
                    $"The names differ. Missing: {Listed(missing)}. Not trainable parameters of this model: {Listed(unknown)}. "
                    + "strict: false loads what both have.",
                    nameof(state_dict));
            }
        }

        var loaded = SteppedHere.Where(weight => state_dict.ContainsKey(weight.Name)).ToList();
        foreach (var weight in loaded)
        {
            if (LoadedTensor.Mismatch(weight.Name, weight.Master, state_dict[weight.Name]) is { } fault)
            {
                throw new ArgumentException(fault + ".", nameof(state_dict));
            }
        }

        Foreach.Copy_([.. loaded.Select(static weight => weight.Master)], [.. loaded.Select(weight => state_dict[weight.Name])]);
        Writes++;
        CopyToModel(overwriteChanges: true);

        static string Listed(List<string> names) => names.Count == 0 ? "none" : string.Join(", ", names.Take(5)) + (names.Count > 5 ? " …" : "");
    }

    /// <summary>Frees the masters; the model keeps its 16-bit parameters.</summary>
    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            weights.ForEach(static weight => weight.Dispose());
            foreach (var view in nothingOfModel ?? [])
            {
                view.Dispose();
            }
        }
    }

    /// <summary>Stores a model's parameters and buffers as its policies say, and makes the masters.</summary>
    /// <exception cref="InvalidOperationException">
    /// A class was compiled without the generator; a parameter is disposed, was made in inference mode or is on the meta device; or
    /// inference mode is on.
    /// </exception>
    /// <param name="module">The model.</param>
    /// <param name="shard">Which of the trainable parameters, by name, this process steps; null = all.</param>
    internal static MasterWeights Create(nn.Module module, Func<IReadOnlyList<(string Name, Parameter Parameter)>, IReadOnlySet<string>?>? shard = null)
    {
        GeneratedCode.RequireInside(module);
        if (is_inference_mode_enabled())
        {
            throw new InvalidOperationException(
                "Master weights cannot be made in inference mode, whose tensors can never be trained. Leave torch.inference_mode() first.");
        }

        var plan = StoragePlan.Of(module);
        if (plan.Parameters.FirstOrDefault(static stored => stored.Tensor.device_type is DeviceType.META) is { } meta)
        {
            throw new InvalidOperationException(
                $"Parameter '{meta.Name}' is on the meta device, where tensors have shapes and no numbers: there is nothing to train. Make "
                + "the model on the device on which it is trained.");
        }

        if (plan.Parameters.FirstOrDefault(static stored => VariableData.IsInference(stored.Tensor)) is { } inference)
        {
            throw new InvalidOperationException(
                $"Parameter '{inference.Name}' was made in inference mode and can never be trained. Make the model outside of "
                + "torch.inference_mode().");
        }

        foreach (var weight in MaxNormEmbeddings.Of(module))
        {
            var identity = VariableData.Identity(weight);
            if (plan.Parameters.FirstOrDefault(stored => VariableData.Identity(stored.Tensor) == identity) is { } stored && stored.Dtype.Is16Bit())
            {
                throw new InvalidOperationException(
                    $"'{stored.Name}' is the weight of an embedding with max_norm, whose forward writes it: a {stored.Dtype} weight would "
                    + "lose what its float32 master has. Mark the embedding [FullPrecision] and cast its result, run the model in a region "
                    + "(Autocast = true), which keeps such weights in float32, or normalise the rows in the model instead.");
            }
        }

        var own = shard?.Invoke([.. plan.Parameters.Where(static stored => stored.Tensor.requires_grad)
            .Select(static stored => (stored.Name, stored.Tensor))]);
        return new MasterWeights(plan, name => own?.Contains(name) ?? true);
    }

    /// <summary>Makes a float32 parameter trainable that was not when the masters were made: it is its own master.</summary>
    /// <param name="name">Its name in the model's <c>state_dict</c>.</param>
    /// <param name="parameter">A parameter that is not 16-bit.</param>
    internal MasterWeight Adopt(string name, Parameter parameter)
    {
        frozen.RemoveAll(entry => entry.Name == name);
        var weight = new MasterWeight(name, parameter, parameter);
        weights.Add(weight);
        return weight;
    }

    /// <summary>After a step that read gradients of the model's parameters and wrote masters and parameters.</summary>
    /// <param name="stepped">
    /// The parameters that it wrote, by master, where they had gradients; the others are copied here.
    /// </param>
    internal void NoteKernelStep(IReadOnlyDictionary<Parameter, Parameter> stepped)
    {
        using (NewDisposeScope())
        {
            var others = sixteenBit.FindAll(
                weight => weight.ModelParameter.grad is null || !stepped.ContainsKey(weight.Master));
            Foreach.Copy_([.. others.Select(static weight => weight.ModelParameter)], [.. others.Select(static weight => weight.Master)]);
        }

        // The kernel wrote past libtorch, which must know, so that a graph recorded before is not used any more. Copying nothing
        // counts as a write; zeroing does not on a GPU.
        nothingOfModel ??= [.. modelParameters.Select(static parameter => NothingOf(parameter))];
        Foreach.Copy_(nothingOfModel, nothingOfModel);
        NoteAgreement();
    }

    /// <summary>Takes the present weights of model and masters as belonging together.</summary>
    internal void NoteAgreement()
    {
        foreach (var weight in weights)
        {
            weight.Remember();
        }
    }

    /// <exception cref="InvalidOperationException">Somebody else wrote a 16-bit parameter.</exception>
    internal void ThrowIfModelChanged()
    {
        if (weights.FirstOrDefault(static weight => weight.HasModelChanged) is { } changed)
        {
            throw new InvalidOperationException(
                $"The model's 16-bit parameter '{changed.Name}' was changed since its master was last copied to it (weights loaded, or "
                + "written in place), and the master would overwrite that. Call CopyFromModel() to take the model's weights, or "
                + "CopyToModel(overwriteChanges: true) to discard them. Exact float32 weights are loaded with load_state_dict() of the "
                + "masters.");
        }
    }

    /// <exception cref="InvalidOperationException">The model's parameters were replaced.</exception>
    /// <exception cref="ObjectDisposedException">The masters are disposed.</exception>
    internal void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (weights.FirstOrDefault(static weight => weight.ModelParameter.IsInvalid) is { } replaced)
        {
            throw new InvalidOperationException(
                $"The model's parameter '{replaced.Name}' no longer exists: model.to(device or dtype), and setters such as "
                + "Linear.weight, replace parameters, and disposing the model ends them. Move the model first, then make its masters "
                + $"and the optimizer ({RuleIdentifiers.OptimizerMadeBeforeConversion}).");
        }

        if (weights.FirstOrDefault(static weight => weight.Master.IsInvalid) is { } lost)
        {
            throw new InvalidOperationException(
                $"The master of '{lost.Name}' was disposed: what Parameters and state_dict() give are the masters themselves. Dispose them "
                + "all at once, with the training or the MasterWeights.");
        }
    }

    /// <summary>A view of no element, which has the tensor's version.</summary>
    private static Tensor NothingOf(Tensor tensor)
    {
        using var _ = no_grad();
        using var data = Lifetime.After(tensor.detach(), tensor);
        return data.as_strided([0], [1]).DetachFromDisposeScope();
    }

    private void ThrowIfUnfrozen()
    {
        foreach (var (name, parameter) in frozen)
        {
            if (!parameter.IsInvalid && parameter.dtype.Is16Bit() && parameter.requires_grad)
            {
                throw new InvalidOperationException(
                    $"Parameter '{name}' was frozen when the masters were made, so it has none, but it requires gradients now. Set "
                    + "requires_grad first, then make the masters and the optimizer.");
            }
        }
    }
}
