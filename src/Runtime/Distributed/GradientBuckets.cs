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
/// all its parameters waits for nothing. Which backward will be the last is not known: it is taken to be the one that was in the step
/// before. Where fewer come, the step averages; where more come, it averages the averages and what was added, which leaves averages as
/// they are.
/// </remarks>
internal sealed class GradientBuckets : IGradientReduction
{
    private readonly ProcessGroup group;
    private readonly MasterWeights masters;
    private readonly Dtype reduceDtype;
    private readonly ShardExchange? shards;
    private readonly BackwardOverlap? overlap;
    private readonly ParameterUse use;
    private readonly List<GradientBucket> buckets = [];
    private List<MasterWeight> weights = [];
    private long step = 1;
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
        (this.group, this.masters, this.reduceDtype) = (group, masters, reduceDtype);
        this.shards = shards is null ? null : new ShardExchange(group, shards);
        use = new ParameterUse(group.Device);
        overlap = isOverlapped ? new BackwardOverlap(StartAverage) : null;
    }

    public bool InFloat32 => reduceDtype is Dtype.Float32;

    public bool IsSharded => shards is not null;

    public bool HasGradients { get; private set; }

    /// <summary>Whether each process gets only the averages that it steps. In a backward each gets all, so that buckets are even.</summary>
    private bool IsScattered => IsSharded && overlap is null;

    private int OwnSegment => IsScattered ? group.Rank : 0;

    public void BeginBackward(GradientOwner gradients, bool isFirst)
    {
        areAveraged = false;
        backwards = isFirst ? 1 : backwards + 1;
        if (overlap is not null && backwards == backwardsOfLastStep)
        {
            Prepare(gradients);
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
        else
        {
            // They may have been cleared since the backward, in every process.
            using var scope = NewDisposeScope();
            HasGradients = weights.Exists(static weight => weight.Gradient is not null);
        }

        step++;

        foreach (var weight in weights.Where(static weight => !weight.IsSteppedHere))
        {
            weight.ClearGradient();
        }
    }

    public (Tensor FoundInf, Tensor? Norm) Agree(Tensor foundInf, Tensor? norm) => shards?.Agree(foundInf, norm) ?? (foundInf, norm);

    public void Share() => shards?.Share();

    public void Free() => buckets.ForEach(static bucket => bucket.Free());

    public void Dispose()
    {
        overlap?.Dispose();
        Free();
        use.Dispose();
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
        buckets.AddRange(parts.Select((part, i) => new GradientBucket(Layout(part, flags: i == parts.Count - 1 ? weights.Count : 0), group.Device)));
        shards?.Prepare(weights);
        overlap?.Watch(buckets);
    }

    private FlatLayout Layout(IReadOnlyList<MasterWeight> part, int flags)
        => new(WireDtype(part[0]), IsScattered ? shards!.Divide(part) : [part], flags);

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
        masters.Gradients.AddSetAside(bucket.Weights);
        Pack(bucket);
        bucket.Lend(bucket.Weights.Where(static weight => weight.Gradient is not null));
        group.BeginAllReduce(bucket.Memory.All, ReduceOperation.Average, step);
    }

    private void Pack(GradientBucket bucket)
    {
        bucket.Pack();
        if (bucket == buckets[^1])
        {
            use.Note([.. weights.Select(static weight => weight.Gradient is not null)], bucket.Memory.Extras);
        }
    }

    private void Average(GradientBucket bucket)
    {
        if (IsScattered)
        {
            group.ReduceScatter(bucket.Memory.All, bucket.Memory.Segments[OwnSegment], ReduceOperation.Average, step);
        }
        else
        {
            group.AllReduceInStep(bucket.Memory.All, ReduceOperation.Average, step);
        }
    }

    private void Place(GradientOwner gradients)
    {
        var isUsed = use.Anywhere(buckets[^1].Memory.Extras[OwnSegment]);
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
}
