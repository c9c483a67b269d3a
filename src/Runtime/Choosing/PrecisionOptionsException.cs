namespace Precision;

/// <summary>A configuration gives a value that cannot be, or values that do not fit together.</summary>
public sealed class PrecisionOptionsException : Exception
{
    internal PrecisionOptionsException(string key, string? value, string message)
        : base(message)
    {
        Key = key;
        Value = value;
    }

    /// <summary>The key, with dots between its parts: <c>environment.mixed_precision_dtype</c>.</summary>
    public string Key { get; }

    /// <summary>The value as it was written; null where the key stands without one.</summary>
    public string? Value { get; }
}
