using System.Collections.Concurrent;
using System.Globalization;

namespace Precision;

/// <summary>Says at run time what the analyzers say of code, with the rule's id, which has a page.</summary>
internal static class ProtocolFault
{
    private static readonly ConcurrentDictionary<string, bool> Warned = new();

    /// <summary>An exception for calls in an order that cannot be right.</summary>
    /// <param name="id">The rule's.</param>
    /// <param name="message">One of <see cref="ProtocolMessages"/>.</param>
    /// <param name="arguments">What it names.</param>
    public static InvalidOperationException Error(string id, string message, params string[] arguments)
        => new(Text(id, message, arguments));

    /// <summary>The words of such an exception.</summary>
    public static string Text(string id, string message, params string[] arguments)
        => $"{id}: {string.Format(CultureInfo.InvariantCulture, message, arguments)}.";

    /// <summary>Tells on the error output, once, what may be meant.</summary>
    public static void Warn(string id, string message, params string[] arguments)
    {
        var text = Text(id, message, arguments);
        if (Warned.TryAdd(text, true))
        {
            Console.Error.WriteLine($"Precision: warning {text}");
        }
    }

    /// <summary>Forgets what was told. For tests.</summary>
    internal static void Reset() => Warned.Clear();
}
