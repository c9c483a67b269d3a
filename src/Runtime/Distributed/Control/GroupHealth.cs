namespace Precision.Distributed.Control;

/// <summary>
/// Decides from what rank 0 hears whether the group can still work together. Each verdict names the ranks that hinder it and what all were
/// doing. Knows no sockets, so that tests can tell it anything.
/// </summary>
/// <param name="worldSize">The number of ranks.</param>
/// <param name="limit">How long ranks wait for each other.</param>
/// <param name="interval">How often ranks report.</param>
internal sealed class GroupHealth(int worldSize, TimeSpan limit, TimeSpan interval)
{
    // Of a large group only the first lines help.
    private const int MostLines = 16;

    private readonly SortedDictionary<int, RankRecord> ranks = [];

    /// <summary>Whether every rank has come.</summary>
    public bool IsComplete => ranks.Count == worldSize;

    /// <summary>Whether every rank leaves the group at the same place.</summary>
    public bool AllLeave => IsComplete && ranks.Values.All(rank => rank.Progress.IsLeaving && rank.Progress.Entered == Foremost);

    private long Foremost => ranks.Count == 0 ? 0 : ranks.Values.Max(static rank => rank.Progress.Entered);

    /// <summary>A rank has come.</summary>
    /// <returns>A verdict where that cannot be.</returns>
    public string? Join(Greeting greeting, TimeSpan now)
    {
        var record = new RankRecord(greeting, now);
        if (greeting.WorldSize != worldSize)
        {
            return $"{Capital(record.Name)} was told a world of {greeting.WorldSize} ranks and rank 0 one of {worldSize}. "
                + "Start all with the same WORLD_SIZE.";
        }

        if (!ranks.TryAdd(greeting.Rank, record))
        {
            return $"Two processes are rank {greeting.Rank}: {ranks[greeting.Rank].Name} and {record.Name}. Each needs a RANK of its own.";
        }

        return null;
    }

    /// <summary>A rank has reported.</summary>
    public void Advance(int rank, RankProgress progress, TimeSpan now) => ranks[rank].Advance(progress, now);

    /// <summary>Not all ranks came in time.</summary>
    public string NotAllCame(TimeSpan limit)
    {
        var missing = Enumerable.Range(0, worldSize).Where(rank => !ranks.ContainsKey(rank)).ToArray();
        return $"{RanksText(missing)} of {worldSize} did not come within {RankRecord.Format(limit)}. "
            + $"Here are {string.Join(", ", ranks.Values.Take(MostLines).Select(static rank => rank.Name))}. "
            + "Look whether they were started and what they wrote; give ProcessGroup.Join more time if they start slowly.";
    }

    /// <summary>The connection of a rank was closed by its end.</summary>
    public string Lost(int rank, TimeSpan now)
        => $"{Capital(ranks[rank].Name)} has ended without leaving the group; what it or its launcher wrote says why."
            + Lines(ranks.Values, now);

    /// <summary>A rank has reported its own failure.</summary>
    public string Failed(int rank, string why, TimeSpan now) => $"{Capital(ranks[rank].Name)} failed: {why}{Lines(ranks.Values, now)}";

    /// <summary>A collective does not end although nobody is missing.</summary>
    public string Overdue(int rank, string what, TimeSpan now)
        => $"{Capital(ranks[rank].Name)}: {what}. Either ranks have called different collectives or the connection between them fails."
            + Lines(ranks.Values, now);

    /// <summary>Looks at all ranks.</summary>
    /// <returns>The verdict; null while all is well.</returns>
    public string? Check(TimeSpan now)
    {
        var foremost = Foremost;
        foreach (var rank in ranks.Values)
        {
            rank.CompareWith(foremost, now);
        }

        return FindLeaver(now) ?? FindDifferent(now) ?? FindLate(foremost, now) ?? FindSilent(now);
    }

    // Another collective of the same number: no later one can be right.
    private string? FindDifferent(TimeSpan now)
    {
        var last = ranks.Values.Where(static rank => rank.Progress is { Entered: > 1, IsLeaving: false })
            .Select(static rank => (rank.Rank, Number: rank.Progress.Entered, Call: rank.Progress.Last));
        var landmarks = ranks.Values.Where(static rank => rank.Progress.LandmarkNumber > 0)
            .Select(static rank => (rank.Rank, Number: rank.Progress.LandmarkNumber, Call: rank.Progress.Landmark));
        foreach (var same in last.GroupBy(static call => call.Number).Concat(landmarks.GroupBy(static call => call.Number)))
        {
            var one = same.First();
            if (same.FirstOrDefault(other => other.Call != one.Call) is { Call: not null } other)
            {
                return $"{Collective.Differ} The {RankRecord.Ordinal(one.Number - 1)} was {one.Call} on rank {one.Rank} and {other.Call} "
                    + $"on rank {other.Rank}.{Lines(ranks.Values, now)}";
            }
        }

        return null;
    }

    // A rank that left where another has gone on with a collective will not come to it.
    private string? FindLeaver(TimeSpan now)
    {
        var leaver = ranks.Values.FirstOrDefault(leaver => leaver.Progress.IsLeaving && ranks.Values.Any(rank => GoesOn(rank, leaver)));
        return leaver is null
            ? null
            : $"{Capital(leaver.Name)} left the group (Dispose) where others go on: it failed, or took fewer steps.{Lines(ranks.Values, now)}";
    }

    private static bool GoesOn(RankRecord rank, RankRecord leaver)
        => rank.Progress.Entered > leaver.Progress.Entered || (rank.Progress.Entered == leaver.Progress.Entered && !rank.Progress.IsLeaving);

    private string? FindLate(long foremost, TimeSpan now)
    {
        var late = ranks.Values.Where(rank => now - rank.BehindSince > limit).ToArray();
        if (late.Length == 0)
        {
            return null;
        }

        var first = ranks.Values.First(rank => rank.Progress.Entered == foremost);
        return $"{RanksText([.. late.Select(static rank => rank.Rank)])} did not come to {first.Progress.Last} "
            + $"within {RankRecord.Format(limit)}, for which rank {first.Rank} waits. "
            + "Where a rank may work that long alone, give ProcessGroup.Join more time."
            + Lines(late.Concat(ranks.Values.Except(late)), now);
    }

    private string? FindSilent(TimeSpan now)
    {
        var silent = ranks.Values.Where(rank => now - rank.LastSeen > limit).ToArray();
        return silent.Length == 0
            ? null
            : $"{RanksText([.. silent.Select(static rank => rank.Rank)])} gave no sign of life for {RankRecord.Format(limit)}."
                + Lines(silent.Concat(ranks.Values.Except(silent)), now);
    }

    private string Lines(IEnumerable<RankRecord> records, TimeSpan now)
        => "\nLast heard:" + string.Concat(records.Take(MostLines).Select(rank => $"\n  {rank.Describe(now, 4 * interval)}"))
            + (worldSize > MostLines ? $"\n  and {worldSize - MostLines} more" : "");

    private static string RanksText(int[] numbers) => numbers switch
    {
        [var only] => $"Rank {only}",
        { Length: <= MostLines } => $"Ranks {string.Join(", ", numbers)}",
        _ => $"{numbers.Length} ranks, the first of them {string.Join(", ", numbers.Take(MostLines))},",
    };

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
