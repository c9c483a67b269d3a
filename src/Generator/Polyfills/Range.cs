using Microsoft.CodeAnalysis;

namespace System;

/// <summary>What the compiler makes of <c>1..^1</c>.</summary>
/// <param name="start">The first index.</param>
/// <param name="end">The index after the last one.</param>
[Embedded]
internal readonly struct Range(Index start, Index end)
{
    public static Range All => new(Index.Start, Index.End);

    public Index Start => start;

    public Index End => end;

    public static Range StartAt(Index start) => new(start, Index.End);

    public static Range EndAt(Index end) => new(Index.Start, end);
}
