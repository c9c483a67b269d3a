using Microsoft.CodeAnalysis;

namespace System;

/// <summary>What the compiler makes of <c>^1</c>.</summary>
/// <param name="value">How far from the start or, for <c>^</c>, from the end.</param>
/// <param name="fromEnd">Whether it is counted from the end.</param>
[Embedded]
internal readonly struct Index(int value, bool fromEnd = false)
{
    public static Index Start => new(0);

    public static Index End => new(0, fromEnd: true);

    public static implicit operator Index(int value) => new(value);

    public int GetOffset(int length) => fromEnd ? length - value : value;
}
