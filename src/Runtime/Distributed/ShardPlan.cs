namespace Precision.Distributed;

/// <summary>
/// Which process steps which parameter of a sharded training. A parameter belongs to one process as a whole, so that optimizers see its
/// shape; the largest are given out first, each to the process that has the least.
/// </summary>
internal sealed class ShardPlan
{
    private readonly Dictionary<string, int> owners = [];

    /// <summary>Gives out parameters.</summary>
    /// <param name="parameters">Names and numbers of elements, the same in each process.</param>
    /// <param name="worldSize">The number of processes.</param>
    public ShardPlan(IReadOnlyList<(string Name, long Count)> parameters, int worldSize)
    {
        var loads = new long[worldSize];
        foreach (var (name, count) in parameters.OrderByDescending(static parameter => parameter.Count)) // equal ones stay in order
        {
            var least = Array.IndexOf(loads, loads.Min());
            owners.Add(name, least);
            loads[least] += count;
        }
    }

    /// <summary>The rank of the process that steps a parameter.</summary>
    public int OwnerOf(string name) => owners[name];

    /// <summary>The names of the parameters that a process steps.</summary>
    public IReadOnlySet<string> NamesOf(int rank) => owners.Where(owner => owner.Value == rank).Select(static owner => owner.Key).ToHashSet();
}
