using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>What the processes of a sharded training exchange in a step, beside the gradients.</summary>
internal sealed class ShardExchange(ProcessGroup group, ShardPlan plan)
{
    private List<FlatLayout> layouts = [];

    /// <summary>Weights by the process that steps them.</summary>
    public IReadOnlyList<IReadOnlyList<MasterWeight>> Divide(IReadOnlyList<MasterWeight> weights)
        => [.. Enumerable.Range(0, group.WorldSize).Select(rank => weights.Where(weight => plan.OwnerOf(weight.Name) == rank).ToList())];

    /// <summary>Lays out what <see cref="Share()"/> exchanges.</summary>
    public void Prepare(IReadOnlyList<MasterWeight> weights)
        => layouts = [.. weights.GroupBy(static weight => GradientTensors.NumberDtype(weight.ModelParameter.dtype)).OrderBy(static same => same.Key)
            .Select(same => new FlatLayout(same.Key, Divide([.. same])))];

    /// <inheritdoc cref="IGradientReduction.Agree"/>
    public (Tensor FoundInf, Tensor? Norm) Agree(Tensor foundInf, Tensor? norm)
    {
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

    /// <inheritdoc cref="IGradientReduction.Share"/>
    public void Share()
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        layouts.ForEach(Share);
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
