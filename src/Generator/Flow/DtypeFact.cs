using System.Collections.Immutable;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow;

/// <summary>What is known of one tensor's dtype, in every scenario.</summary>
internal readonly struct DtypeFact
{
    private readonly ImmutableArray<(Scenario Scenario, TensorDtype Dtype)> values;

    public DtypeFact(ImmutableArray<(Scenario Scenario, TensorDtype Dtype)> values) => this.values = values;

    /// <summary>Of a value about which nothing is known.</summary>
    public static DtypeFact Unknown => default;

    /// <summary>What is known in each scenario; empty when nothing is in any.</summary>
    public ImmutableArray<(Scenario Scenario, TensorDtype Dtype)> Values => values.IsDefault ? [] : values;

    /// <summary>The dtypes that the tensor may have in one scenario or another.</summary>
    public Dtypes Possible
    {
        get
        {
            var possible = Values.IsEmpty ? Dtypes.Any : Dtypes.None;
            foreach (var (_, dtype) in Values)
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

        Finding? best = null;
        foreach (var group in Values.GroupBy(static value => value.Scenario.Compute))
        {
            var (found, devices) = (Dtypes.None, Devices.None);
            DtypeOrigin? origin = null;
            foreach (var (scenario, dtype) in group)
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
                ? new Finding(found, devices, origin)
                : devices == best.Devices ? best with { Dtypes = best.Dtypes | found } : best;
        }

        return best;
    }

    private bool Holds(Func<TensorDtype, bool> condition)
    {
        foreach (var (_, dtype) in Values)
        {
            if (condition(dtype))
            {
                return true;
            }
        }

        return false;
    }
}
