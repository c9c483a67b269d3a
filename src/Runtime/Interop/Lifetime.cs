namespace Precision.Interop;

/// <summary>
/// Keeps objects alive through a native call that has only their handles: <c>Lifetime.After(x.exp(), x)</c>. Otherwise a collection on
/// another thread may free an object whose last use is the call, while the call runs.
/// </summary>
internal static class Lifetime
{
    /// <summary>Gives a result on, which was computed from an object.</summary>
    public static T After<T>(T result, object? used)
    {
        GC.KeepAlive(used);
        return result;
    }

    /// <inheritdoc cref="After{T}(T, object)"/>
    public static T After<T>(T result, object? first, object? second)
    {
        GC.KeepAlive(first);
        GC.KeepAlive(second);
        return result;
    }

    /// <inheritdoc cref="After{T}(T, object)"/>
    public static T After<T>(T result, object? first, object? second, object? third)
    {
        GC.KeepAlive(first);
        return After(result, second, third);
    }
}
