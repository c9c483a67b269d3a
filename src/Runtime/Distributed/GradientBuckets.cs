using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>
/// Averages gradients over the processes, a bucket of one dtype with one collective: while the last backward before a step goes on, else in
/// the step. After it the gradients lie in the buckets, so that nothing is copied back.
/// </summary>
/// <remarks>
/// A parameter that some process has not used counts as 0 there and gets the average, as in PyTorch's DistributedDataParallel with
/// unused parameters; one that none has used stays without gradient. Who has used what travels in the last bucket: a process that has used
/// all its parameters waits for nothing. Which backward is the last is not known before: the one is taken that was in the step before. Where
/// fewer come, the step averages; where more come, it averages their sum with the averages, which that leaves as they are.
/// </remarks>
internal sealed class GradientBuckets : IGradientReduction
{
    private readonly ProcessGroup group;
    private readonly MasterWeights masters;
    private readonly Dtype reduceDtype;
    private readonly ShardPlan? shards;
    private readonly BackwardOverlap? overlap;
    private readonly List<GradientBucket> buckets = [];
    private List<MasterWeight> weights = [];
    private List<FlatLayout> weightLayouts = [];
    private bool[]? presence;
    private Tensor? presenceOnDevice;
    private GradientOwner? running;
    private int backwards;
    private int backwardsOfLastStep = 1;
    private bool areAveraged;

    /// <param name="group">The processes.</param>
    /// <param name="masters">What is trained.</param>
    /// <param name="reduceDtype">What gradients of 16-bit parameters are exchanged in.</param>
    /// <param name="shards">Which process steps which parameter; null = each steps all.</param>
    /// <param name="isOverlapped">Whether backwards average.</param>
    public GradientBuckets(ProcessGroup group, MasterWeights masters, Dtype reduceDtype, ShardPlan? shards, bool isOverlapped)
    {
        (this.group, this.masters, this.reduceDtype, this.shards) = (group, masters, reduceDtype, shards);
        overlap = isOverlapped ? new BackwardOverlap(StartAverage) : null;
    }

    public bool InFloat32 => reduceDtype is Dtype.Float32;

    public bool IsSharded => shards is not null;

    public bool HasGradients { get; private set; }

    /// <summary>Whether each process gets only the averages that it steps. In a backward all get all: that hides better than it divides.</summary>
    private bool IsScattered => IsSharded && overlap is null;

    private int OwnSegment => IsScattered ? group.Rank : 0;

    public void BeginBackward(GradientOwner gradients, bool isFirst)
    {
        areAveraged = false;
        backwards = isFirst ? 1 : backwards + 1;
        if (overlap is not null && backwards == backwardsOfLastStep)
        {
            Prepare(gradients);
            running = gradients;
            overlap.Begin();
        }
    }

    public void EndBackward(GradientOwner gradients)
    {
        if (overlap is not { IsRunning: true })
        {
            return;
        }

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        overlap.Finish();
        group.CompleteReductions();
        Place(gradients);
        if (InFloat32)
        {
            gradients.ToFloat32();
        }

        areAveraged = true;
    }

    public void AbandonBackward(string reason)
    {
        if (overlap is not { IsRunning: true })
        {
            return;
        }

        overlap.Abandon();
        if (overlap.HasStarted)
        {
            group.CompleteReductions();
            group.Fail(reason);
        }
    }

    public void Reduce(GradientOwner gradients)
    {
        backwardsOfLastStep = backwards;
        if (!areAveraged)
        {
            ReduceAll(gradients);
        }

        foreach (var weight in weights.Where(static weight => !weight.IsSteppedHere))
        {
            weight.ClearGradient();
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

    public void Free() => buckets.ForEach(static bucket => bucket.Free());

    public void Dispose()
    {
        overlap?.Dispose();
        Free();
        presenceOnDevice?.Dispose();
    }

    /// <summary>What the gradient of a weight is exchanged in.</summary>
    private ScalarType WireDtype(MasterWeight weight)
        => weight.ModelParameter.dtype is var dtype && dtype.Is16Bit() ? reduceDtype.ToScalarType() : GradientTensors.NumberDtype(dtype);

    private void Prepare(GradientOwner gradients)
    {
        var stepped = IsSharded ? masters.Weights : gradients.Stepped;
        if (weights.SequenceEqual(stepped, ReferenceEqualityComparer.Instance))
        {
            return;
        }

        Free();
        buckets.Clear();
        weights = [.. stepped];
        var inForward = masters.Weights.Where(weights.ToHashSet(ReferenceEqualityComparer.Instance).Contains).ToList();
        var parts = BucketPlan.Divide(inForward, WireDtype, overlap is null ? long.MaxValue : BucketPlan.OverlappedBytes);
        buckets.AddRange(parts.Select((part, i) => new GradientBucket(
            new FlatLayout(WireDtype(part[0]), IsScattered ? Divided(part) : [part], i == parts.Count - 1 ? weights.Count : 0), group.Device)));
        weightLayouts = IsSharded
            ? [.. weights.GroupBy(static weight => GradientTensors.NumberDtype(weight.ModelParameter.dtype)).OrderBy(static same => same.Key)
                .Select(same => new FlatLayout(same.Key, Divided([.. same])))]
            : [];
        overlap?.Watch(buckets);
    }

    private IReadOnlyList<IReadOnlyList<MasterWeight>> Divided(IReadOnlyList<MasterWeight> all)
        => [.. Enumerable.Range(0, group.WorldSize).Select(rank => all.Where(weight => shards!.OwnerOf(weight.Name) == rank).ToList())];

    private void ReduceAll(GradientOwner gradients)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        Prepare(gradients);
        var scale = reduceDtype is Dtype.Float16 ? gradients.LossScale : null;

        // Divided by the loss scale, small ones would be 0 in Float16.
        gradients.Multiply(scale);
        foreach (var bucket in buckets)
        {
            Pack(bucket);
            Average(bucket);
        }

        Place(gradients);
        if (scale is not null)
        {
            gradients.Multiply(ScaleState.Inverse(scale));
        }
    }

    // In a backward: what was packed is freed as that goes on.
    private void StartAverage(GradientBucket bucket)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        running!.AddSetAside(bucket.Weights);
        Pack(bucket);
        bucket.Lend(bucket.Weights.Where(static weight => weight.Gradient is not null));
        group.BeginAllReduce(bucket.Memory.All, ReduceOperation.Average);
    }

    private void Pack(GradientBucket bucket)
    {
        bucket.Pack();
        if (bucket == buckets[^1])
        {
            NotePresence([.. weights.Select(static weight => weight.Gradient is not null)]);
            Foreach.Copy_(bucket.Memory.Extras, [.. bucket.Memory.Extras.Select(_ => presenceOnDevice!)]);
        }
    }

    private void Average(GradientBucket bucket)
    {
        if (IsScattered)
        {
            group.ReduceScatter(bucket.Memory.All, bucket.Memory.Segments[OwnSegment], ReduceOperation.Average);
        }
        else
        {
            group.AllReduce(bucket.Memory.All, ReduceOperation.Average);
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

    private void Place(GradientOwner gradients)
    {
        var isUsed = presence!.Contains(false) ? UsedSomewhere() : presence!;
        HasGradients = isUsed.Contains(true);
        var used = new HashSet<MasterWeight>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < weights.Count; i++)
        {
            if (isUsed[i] && (weights[i].IsSteppedHere || !IsScattered))
            {
                _ = weights[i].Gradient ?? gradients.NewGradient(weights[i]);
                used.Add(weights[i]);
            }
        }

        buckets.ForEach(bucket => bucket.Place([.. bucket.Weights.Where(used.Contains)]));
    }

    private bool[] UsedSomewhere()
    {
        using var scope = NewDisposeScope();
        var counts = buckets[^1].Memory.Extras[OwnSegment].to(ScalarType.Float32).cpu();
        return [.. counts.data<float>().Select(static count => count > 0)];
    }

    private void Share(FlatLayout layout)
    {
        using var exchange = new FlatTensors(layout, group.Device);
        var here = layout.Places.FindAll(static place => place.Weight.IsSteppedHere);
        var elsewhere = layout.Places.FindAll(static place => !place.Weight.IsSteppedHere);
        Foreach.Copy_(here.ConvertAll(place => exchange.Views[place.Weight]), here.ConvertAll(Numbers));
        group.AllGather(exchange.Segments[group.Rank], exchange.All);
        Foreach.Copy_(elsewhere.ConvertAll(Numbers), elsewhere.ConvertAll(place => exchange.Views[place.Weight]));

        static Tensor Numbers(FlatLayout.Place place) => GradientTensors.Numbers(Lifetime.After(place.Weight.ModelParameter.detach(), place.Weight));
    }
}
