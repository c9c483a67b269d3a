using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>
/// Averages gradients over the processes: one bucket and one collective for each dtype that is exchanged, whatever the number of
/// parameters. After it the gradients lie in the buckets, so that nothing is copied back.
/// </summary>
/// <remarks>
/// A parameter that some process has not used counts as 0 there and gets the average, as in PyTorch's DistributedDataParallel with
/// unused parameters; one that none has used stays without gradient. Who has used what travels with the gradients: a process
/// that has used all its parameters waits for nothing.
/// </remarks>
internal sealed class GradientBuckets(ProcessGroup group, MasterWeights masters, Dtype reduceDtype, ShardPlan? shards) : IGradientReduction
{
    private readonly List<FlatTensors> buckets = [];
    private List<MasterWeight> weights = [];
    private List<FlatLayout> gradientLayouts = [];
    private List<FlatLayout> weightLayouts = [];
    private bool[]? presence;
    private Tensor? presenceOnDevice;

    public bool InFloat32 => reduceDtype is Dtype.Float32;

    public bool IsSharded => shards is not null;

    public bool HasGradients { get; private set; }

    /// <summary>The segment that this process has the averages in.</summary>
    private int Own => IsSharded ? group.Rank : 0;

    public void Reduce(GradientOwner gradients)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        Prepare(IsSharded ? masters.Weights : gradients.Stepped);
        var scale = reduceDtype is Dtype.Float16 ? gradients.LossScale : null;

        // Divided by the loss scale, small ones would be 0 in Float16.
        gradients.Multiply(scale);
        var own = weights.ConvertAll(static weight => weight.Gradient);
        Pack(own);
        foreach (var bucket in buckets)
        {
            Average(bucket);
        }

        Place(own, gradients);
        if (scale is not null)
        {
            gradients.Multiply(ScaleState.Inverse(scale));
        }
    }

    public (Tensor FoundInf, Tensor? Norm) Agree(Tensor foundInf, Tensor? norm)
    {
        if (!IsSharded)
        {
            return (foundInf, norm);
        }

        using var scope = NewDisposeScope();
        var square = norm is null ? zeros_like(foundInf, dtype: ScalarType.Float64) : norm.to(ScalarType.Float64).square();
        var both = stack([foundInf.to(ScalarType.Float64), square]);
        group.AllReduce(both);
        var found = both[0].gt(Scalars.Zero).to(ScalarType.Float32);
        var common = norm is null ? null : both[1].sqrt().to(norm.dtype);
        GC.KeepAlive(foundInf);
        GC.KeepAlive(norm);
        return (found.MoveToOuterDisposeScope(), common?.MoveToOuterDisposeScope());
    }

    public void Share()
    {
        if (IsSharded)
        {
            using var _ = no_grad();
            using var scope = NewDisposeScope();
            weightLayouts.ForEach(Share);
        }
    }

    public void Free()
    {
        buckets.ForEach(static bucket => bucket.Dispose());
        buckets.Clear();
    }

    public void Dispose()
    {
        Free();
        presenceOnDevice?.Dispose();
    }

    /// <summary>What the gradient of a weight is exchanged in.</summary>
    private ScalarType WireDtype(MasterWeight weight)
        => weight.ModelParameter.dtype is var dtype && dtype.Is16Bit() ? reduceDtype.ToScalarType() : GradientTensors.NumberDtype(dtype);

    private void Prepare(IReadOnlyList<MasterWeight> stepped)
    {
        if (!weights.SequenceEqual(stepped, ReferenceEqualityComparer.Instance))
        {
            Free();
            weights = [.. stepped];
            gradientLayouts = Layouts(WireDtype, extra: weights.Count);
            weightLayouts = IsSharded ? Layouts(static weight => GradientTensors.NumberDtype(weight.ModelParameter.dtype), extra: 0) : [];
        }

        if (buckets.Count == 0)
        {
            buckets.AddRange(gradientLayouts.Select(layout => new FlatTensors(layout, group.Device)));
        }
    }

    /// <summary>One layout a dtype; the first has the extra elements.</summary>
    private List<FlatLayout> Layouts(Func<MasterWeight, ScalarType> dtype, int extra)
        => [.. weights.GroupBy(dtype).OrderBy(static same => same.Key).Select((same, i) => new FlatLayout(same.Key, Parts([.. same]), i == 0 ? extra : 0))];

    private IReadOnlyList<IReadOnlyList<MasterWeight>> Parts(IReadOnlyList<MasterWeight> all)
        => shards is null ? [all] : [.. Enumerable.Range(0, group.WorldSize).Select(rank => all.Where(weight => shards.OwnerOf(weight.Name) == rank).ToList())];

    private void Pack(List<Tensor?> own)
    {
        List<Tensor> to = [], from = [], missing = [];
        for (var i = 0; i < weights.Count; i++)
        {
            var view = ViewOf(weights[i]);
            if (own[i] is not { } gradient)
            {
                missing.Add(view);
            }
            else if (GradientTensors.Numbers(gradient) is var numbers && !IsSame(numbers, view))
            {
                to.Add(view);
                from.Add(numbers);
            }
        }

        Foreach.Copy_(to, from);
        Foreach.Zero_(missing);
        NotePresence([.. own.Select(static gradient => gradient is not null)]);
        Foreach.Copy_(buckets[0].Extras, [.. buckets[0].Extras.Select(_ => presenceOnDevice!)]);
    }

    private void Average(FlatTensors bucket)
    {
        if (IsSharded)
        {
            group.ReduceScatter(bucket.All, bucket.Segments[Own], ReduceOperation.Average);
        }
        else
        {
            group.AllReduce(bucket.All, ReduceOperation.Average);
        }
    }

    // Most models use the same parameters in every step: their flags are on the device already.
    private void NotePresence(bool[] present)
    {
        if (presence is not null && presence.AsSpan().SequenceEqual(present))
        {
            return;
        }

        presence = present;
        presenceOnDevice?.Dispose();
        using var scope = NewDisposeScope();
        var flags = tensor(present);
        presenceOnDevice = flags.to(ScalarType.Float32).to(group.Device).DetachFromDisposeScope();
    }

    private void Place(List<Tensor?> own, GradientOwner gradients)
    {
        var isUsed = presence!.Contains(false) ? UsedSomewhere() : presence!;
        HasGradients = isUsed.Contains(true);
        List<Tensor> to = [], from = [];
        for (var i = 0; i < weights.Count; i++)
        {
            var (weight, view) = (weights[i], ViewOf(weights[i]));
            if (IsSharded && !weight.IsSteppedHere)
            {
                weight.ClearGradient();
            }
            else if (isUsed[i])
            {
                var numbers = GradientTensors.Numbers(own[i] ?? gradients.NewGradient(weight));
                if (weight.IsComplex || numbers.dtype != view.dtype)
                {
                    to.Add(numbers);
                    from.Add(view);
                }
                else if (!IsSame(numbers, view))
                {
                    weight.ReplaceGradient(view);
                }
            }
        }

        Foreach.Copy_(to, from);
    }

    private bool[] UsedSomewhere()
    {
        using var scope = NewDisposeScope();
        var counts = buckets[0].Extras[Own].to(ScalarType.Float32).cpu();
        return [.. counts.data<float>().Select(static count => count > 0)];
    }

    private void Share(FlatLayout layout)
    {
        using var exchange = new FlatTensors(layout, group.Device);
        var here = layout.Places.FindAll(static place => place.Weight.IsSteppedHere);
        var elsewhere = layout.Places.FindAll(static place => !place.Weight.IsSteppedHere);
        Foreach.Copy_(here.ConvertAll(place => exchange.Views[place.Weight]), here.ConvertAll(Numbers));
        group.AllGather(exchange.Segments[Own], exchange.All);
        Foreach.Copy_(elsewhere.ConvertAll(Numbers), elsewhere.ConvertAll(place => exchange.Views[place.Weight]));

        static Tensor Numbers(FlatLayout.Place place) => GradientTensors.Numbers(Lifetime.After(place.Weight.ModelParameter.detach(), place.Weight));
    }

    private Tensor ViewOf(MasterWeight weight) => buckets.Select(bucket => bucket.Views.GetValueOrDefault(weight)).First(static view => view is not null)!;

    private static bool IsSame(Tensor first, Tensor second) => VariableData.Identity(first) == VariableData.Identity(second);
}
