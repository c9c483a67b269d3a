using System.Text;

namespace Precision.Generator.Roslyn;

/// <summary>
/// Names of generated files. The compiler may write them to a folder: a name has at most 255 bytes on Linux, a whole path 260
/// characters on Windows, and case does not tell two files apart there.
/// </summary>
internal static class HintNames
{
    /// <summary>The longest readable part: what is left is enough for a path to the project's obj folder.</summary>
    private const int Longest = 80;

    /// <summary>A name's readable end, of characters that every compiler accepts. Several names may have the same.</summary>
    public static string Readable(string name)
    {
        var readable = new StringBuilder(name, Math.Max(0, name.Length - Longest), Math.Min(name.Length, Longest), Longest);
        for (var i = 0; i < readable.Length; i++)
        {
            if (readable[i] is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '_'))
            {
                readable[i] = '_';
            }
        }

        return readable.ToString();
    }

    /// <summary>A hash of the exact name (FNV-1a).</summary>
    public static string Hash(string name)
    {
        var hash = 2166136261u;
        foreach (var character in name)
        {
            hash = unchecked((hash ^ character) * 16777619u);
        }

        return hash.ToString("x8");
    }
}
