using Precision.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim.lr_scheduler;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision;

/// <summary>The objects that a checkpoint is made from and given to.</summary>
/// <param name="Module">The model.</param>
/// <param name="Masters">Its masters.</param>
/// <param name="Optimizer">The optimizer.</param>
/// <param name="Scaler">The loss scaler.</param>
/// <param name="Scheduler">The learning-rate schedule, if there is one.</param>
internal sealed record TrainingParts(
    nn.Module Module, MasterWeights Masters, Optimizer Optimizer, GradScaler Scaler, LRScheduler? Scheduler)
{
    private const string OptimizerName = "optimizer";

    /// <summary>Takes everything as it is now; the tensors are aliases of the live ones.</summary>
    /// <exception cref="NotSupportedException">The optimizer, or a tensor, cannot be saved.</exception>
    public TrainingState Capture(TrainingProgress progress, ReadOnlyMemory<byte> dataPosition)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var states = States();
        var here = Masters.SteppedHere.Select(static weight => weight.Name).ToHashSet();
        var state = new TrainingState(
            progress,
            [.. Weights().Select(static weight => SavedTensor.Of(weight.Name, weight.Tensor))],
            Tied(),
            [.. AllMasters().Where(master => here.Contains(master.Name)).Select(static master => SavedTensor.Of(master.Name, master.Tensor))],
            RandomState.Get(),
            new SavedOptimizer(
                Optimizer.GetType().FullName!,
                [.. Groups().Select(group => new SavedGroup(Names(group), ObjectState.Of(group.Options, OptimizerName)))],
                [.. states.Select(static state => ObjectState.Of(state.State, OptimizerName))]),
            Scaler.state_dict(),
            Scheduler is null ? null : ObjectState.Of(Scheduler, "schedule"),
            dataPosition.ToArray());
        foreach (var tensor in state.Tensors)
        {
            tensor.Value!.DetachFromDisposeScope();
        }

        return state;
    }

    /// <summary>What keeps a state from being applied; null if nothing does.</summary>
    /// <exception cref="NotSupportedException">The optimizer cannot load a state.</exception>
    public string? Mismatch(TrainingState state)
        => Mismatch("weight", state.Weights, Weights())
            ?? (SameEntries(state.Tied, Tied()) ? null : "other weights are tied to each other")
            ?? Mismatch("master", state.Masters, AllMasters())
            ?? OptimizerMismatch(state.Optimizer)
            ?? ScalerMismatch(state.Scaler)
            ?? ScheduleMismatch(state.Scheduler)
            ?? RandomState.Mismatch(state.RandomStates);

    /// <summary>
    /// Applies a state that <see cref="Mismatch(TrainingState)"/> has nothing against. Everything is copied into the tensors that there are, which tied weights, views
    /// and captured steps point at.
    /// </summary>
    public void Apply(TrainingState state)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var states = States();

        // What can fail for want of memory comes first, while nothing is changed.
        var saved = state.Optimizer.ByParameter();
        foreach (var (own, parameter, name) in states)
        {
            saved[name].Prepare(own, parameter);
        }

        Copy(state.Weights, Weights());
        var here = Masters.SteppedHere.Select(static weight => weight.Name).ToHashSet();
        Copy([.. state.Masters.Where(master => here.Contains(master.Name))], AllMasters().Where(master => here.Contains(master.Name)));
        foreach (var (group, own) in state.Optimizer.Groups.Zip(Groups()))
        {
            group.Options.Restore(own.Options);
        }

        foreach (var (own, _, name) in states)
        {
            saved[name].Restore(own);
        }

        Scaler.load_state_dict(state.Scaler);
        state.Scheduler?.Restore(Scheduler!);
        RandomState.Set(state.RandomStates);
        Masters.NoteAgreement();
    }

    private static void Copy(IReadOnlyList<SavedTensor> saved, IEnumerable<(string Name, Tensor Tensor)> own)
    {
        foreach (var (from, to) in saved.Zip(own))
        {
            to.Tensor.copy_(from.Value!);
        }
    }

    private static string? Mismatch(string what, IReadOnlyList<SavedTensor> saved, IEnumerable<(string Name, Tensor Tensor)> own)
    {
        var tensors = own.ToList();
        var savedNames = saved.Select(static entry => entry.Name).ToList();
        var ownNames = tensors.Select(static tensor => tensor.Name).ToList();
        if (savedNames.Except(ownNames).FirstOrDefault() is { } unknown)
        {
            return $"it has a {what} '{unknown}', this model has not";
        }

        if (ownNames.Except(savedNames).FirstOrDefault() is { } missing)
        {
            return $"it lacks the {what} '{missing}'";
        }

        return savedNames.Zip(ownNames).FirstOrDefault(static pair => pair.First != pair.Second) is { First: { } first } pair
            ? $"the {what}s are in another order ('{first}' where this model has '{pair.Second}')"
            : saved.Zip(tensors).Select(pair => pair.First.Mismatch(pair.Second.Tensor, what)).FirstOrDefault(static fault => fault is not null);
    }

    private string? OptimizerMismatch(SavedOptimizer saved)
    {
        if (saved.Type != Optimizer.GetType().FullName)
        {
            return $"its optimizer is a {saved.Type}, this one a {Optimizer.GetType().FullName}";
        }

        // Parameters that another process steps are not in this one's optimizer.
        var groups = Groups();
        var elsewhere = Masters.Weights.Where(static weight => !weight.IsSteppedHere).Select(static weight => weight.Name).ToHashSet();
        if (groups.Count != saved.Groups.Count
            || groups.Zip(saved.Groups).Any(pair => !pair.Second.Parameters.Except(elsewhere).ToHashSet().SetEquals(Names(pair.First))))
        {
            return "its optimizer's parameter groups are others";
        }

        var names = saved.Groups.SelectMany(static group => group.Parameters).ToList();
        if (names.Count != saved.States.Count || names.Distinct().Count() != names.Count)
        {
            return $"its optimizer has the states of {saved.States.Count} parameters, this one of {names.Distinct().Count()}";
        }

        var states = saved.ByParameter();
        return saved.Groups.Zip(groups).Select(static pair => pair.First.Options.Mismatch(pair.Second.Options, "options of the optimizer"))
            .Concat(States().Select(own => states[own.Name].Mismatch(own.State, "state of the optimizer", own.Parameter)))
            .FirstOrDefault(static fault => fault is not null);
    }

    private string? ScalerMismatch(IReadOnlyDictionary<string, double> saved)
    {
        if (Scaler.is_enabled() != saved.Count > 0)
        {
            return Scaler.is_enabled() ? "it was saved without loss scaling" : "it was saved with loss scaling, which this training has not";
        }

        try
        {
            _ = Scaler.is_enabled() ? Scaler.Checked(saved) : default;
            return null;
        }
        catch (ArgumentException error)
        {
            return $"the state of its scaler cannot be: {error.Message}";
        }
    }

    private string? ScheduleMismatch(ObjectState? saved) => (saved, Scheduler) switch
    {
        (null, null) => null,
        (null, _) => "it has no learning-rate schedule",
        (_, null) => $"it has a learning-rate schedule ({saved.Type}), which Load() was not given",
        _ => saved.Mismatch(Scheduler, "schedule"),
    };

    private IEnumerable<(string Name, Tensor Tensor)> Weights()
        => Module.state_dict()
            .DistinctBy(static entry => VariableData.Identity(entry.Value))
            .Select(static entry => (entry.Key, entry.Value));

    /// <summary>The further names of tied weights.</summary>
    private Dictionary<string, string> Tied()
        => Module.state_dict()
            .GroupBy(static entry => VariableData.Identity(entry.Value))
            .SelectMany(static same => same.Skip(1).Select(entry => (entry.Key, First: same.First().Key)))
            .ToDictionary(static entry => entry.Key, static entry => entry.First);

    // Those of other processes have shape and dtype too.
    private IEnumerable<(string Name, Tensor Tensor)> AllMasters()
        => Masters.Weights
            .Where(static weight => !weight.IsOwnMaster)
            .Select(static weight => (weight.Name, (Tensor)weight.Master));

    private List<ParamGroup> Groups() => [.. Optimizer.ParamGroups.Cast<ParamGroup>()];

    private List<string> Names(ParamGroup group)
    {
        var names = Masters.Weights.ToDictionary(
            static weight => weight.Master, static weight => weight.Name, (IEqualityComparer<Parameter>)ReferenceEqualityComparer.Instance);
        return [.. group.Parameters.Select(parameter => names.GetValueOrDefault(parameter) ?? throw new InvalidOperationException(
            "The optimizer has a parameter that is none of the training's: a checkpoint would have no name for it."))];
    }

    private List<(OptimizerState State, Parameter Parameter, string Name)> States()
    {
        var helper = Optimizer as OptimizerHelper ?? throw new NotSupportedException(
            $"{Optimizer.GetType().Name} has no state that can be saved. Use an optimizer of Precision.Optim, or one that derives from "
            + "TorchSharp.Modules.OptimizerHelper.");
        try
        {
            return [.. helper.state_dict().State.Zip(helper.parameters(), Groups().SelectMany(Names))];
        }
        catch (KeyNotFoundException error)
        {
            throw new NotSupportedException(
                $"{Optimizer.GetType().Name} keeps no state for one of its parameters, so it cannot be saved. An optimizer that derives from "
                + "TorchSharp.Modules.OptimizerHelper needs an entry in _state for each, which add_param_group makes.",
                error);
        }
    }

    private static bool SameEntries(IReadOnlyDictionary<string, string> first, IReadOnlyDictionary<string, string> second)
        => first.Count == second.Count && first.All(entry => second.TryGetValue(entry.Key, out var value) && value == entry.Value);
}
