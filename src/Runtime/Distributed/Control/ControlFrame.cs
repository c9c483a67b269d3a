namespace Precision.Distributed.Control;

/// <summary>What a control connection carries.</summary>
internal enum FrameKind : byte
{
    /// <summary>From a rank: who it is (<see cref="Greeting"/>).</summary>
    Hello = 1,

    /// <summary>To a rank: all have come; what the engine needs to connect.</summary>
    Start,

    /// <summary>From a rank, at intervals: it lives, and how far it is (<see cref="RankProgress"/>).</summary>
    Progress,

    /// <summary>To a rank, at intervals: rank 0 lives.</summary>
    Beat,

    /// <summary>From a rank: it fails; why.</summary>
    Failed,

    /// <summary>From a rank: its collective takes too long although nobody hinders it; what.</summary>
    Overdue,

    /// <summary>To a rank: the group has failed; why.</summary>
    Verdict,

    /// <summary>To a rank: all ranks leave.</summary>
    AllLeft,
}

/// <summary>One message of a control connection.</summary>
internal readonly record struct ControlFrame(FrameKind Kind, byte[] Payload);
