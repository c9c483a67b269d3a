using System.Collections.Immutable;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow;

/// <summary>What is known of one tensor's dtype where its body is entered in one way.</summary>
/// <param name="Scenario">Where it runs.</param>
/// <param name="Dtype">The dtype.</param>
/// <param name="Path">How a model reaches the body; null in the model's own members and outside of models.</param>
internal readonly record struct DtypeOnWay(Scenario Scenario, TensorDtype Dtype, string? Path);

/// <summary>What is known of one tensor's dtype, in every way in which its body is entered.</summary>
internal readonly struct DtypeFact
{
    private readonly ImmutableArray<DtypeOnWay> values;
    private readonly bool runsElsewhere;

    /// <param name="values">What is known on each way.</param>
    /// <param name="runsElsewhere">Whether the body runs outside of them too.</param>
    public DtypeFact(ImmutableArray<DtypeOnWay> values, bool runsElsewhere) => (this.values, this.runsElsewhere) = (values, runsElsewhere);

    /// <summary>A value that nothing is known about.</summary>
    public static DtypeFact Unknown => default;

    /// <summary>What is known on each way; empty when nothing is in any.</summary>
    public ImmutableArray<DtypeOnWay> Values => values.IsDefault ? [] : values;

    /// <summary>Another value of the same body.</summary>
    public DtypeFact With(ImmutableArray<DtypeOnWay> values) => new(values, runsElsewhere);

    /// <summary>The dtypes that the tensor may have in one scenario or another.</summary>
    public Dtypes Possible
    {
        get
        {
            var possible = Values.IsEmpty ? Dtypes.Any : Dtypes.None;
            foreach (var (_, dtype, _) in Values)
            {
                possible |= dtype.Dtypes;
            }

            return possible;
        }
    }

    /// <summary>The dtype that the tensor has in every scenario; none where it is not known or differs.</summary>
    public Dtypes Known => Possible is var possible && possible.IsOne() ? possible : Dtypes.None;

    /// <summary>
    /// Where the tensor certainly has one of some dtypes. A class that runs in several dtypes is judged in each: the finding is
    /// of the dtypes in which it holds on most devices.
    /// </summary>
    /// <returns>Null where it holds nowhere.</returns>
    public Finding? In(Dtypes dtypes) => Where(value => value.Dtypes.AreAllIn(dtypes));

    /// <summary>As <see cref="In"/>, for a condition on what is known.</summary>
    public Finding? Where(Func<TensorDtype, bool> condition)
    {
        // Nearly always the answer.
        if (!Holds(condition))
        {
            return null;
        }

        // A body that several models run is judged in each.
        Finding? all = null;
        var isPartial = runsElsewhere;
        foreach (var path in Values.GroupBy(static value => value.Path, StringComparer.Ordinal))
        {
            if (OnPath(path, condition) is not { } finding)
            {
                isPartial = true;
            }
            else
            {
                all = all is null ? finding
                    : all with { Dtypes = all.Dtypes | finding.Dtypes, Devices = all.Devices | finding.Devices, Path = all.Path is null || path.Key is null ? null : all.Path };
            }
        }

        return all is null ? null : all with { IsPartial = isPartial };
    }

    private static Finding? OnPath(IGrouping<string?, DtypeOnWay> path, Func<TensorDtype, bool> condition)
    {
        Finding? best = null;
        foreach (var group in path.GroupBy(static value => value.Scenario.Compute))
        {
            var (found, devices) = (Dtypes.None, Devices.None);
            DtypeOrigin? origin = null;
            foreach (var (scenario, dtype, _) in group)
            {
                if (condition(dtype))
                {
                    (found, devices, origin) = (found | dtype.Dtypes, devices | scenario.Devices, origin ?? dtype.Origin);
                }
            }

            // Code in a region that only a CPU enters is judged there alone: then that is everywhere.
            var all = group.Aggregate(Devices.None, static (union, value) => union | value.Scenario.Devices);
            devices = devices == all ? Devices.Any : devices;
            if (devices is Devices.None)
            {
                continue;
            }

            best = best is null || (devices is Devices.Any && best.Devices is not Devices.Any)
                ? new Finding(found, devices, origin, path.Key)
                : devices == best.Devices ? best with { Dtypes = best.Dtypes | found } : best;
        }

        return best;
    }

    private bool Holds(Func<TensorDtype, bool> condition)
    {
        foreach (var (_, dtype, _) in Values)
        {
            if (condition(dtype))
            {
                return true;
            }
        }

        return false;
    }
}
