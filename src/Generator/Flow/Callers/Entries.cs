using Microsoft.CodeAnalysis;

namespace Precision.Generator.Flow.Callers;

/// <summary>How the bodies of one compilation, or of what one model runs, are entered.</summary>
/// <param name="keepsAll">Whether entries count that nothing of 16-bit reaches.</param>
internal sealed class Entries(bool keepsAll)
{
    /// <summary>More entries of one method that differ in their arguments alone become one.</summary>
    private const int MaximumAlike = 4;

    /// <summary>Entries of a method beyond these are not followed.</summary>
    private const int Maximum = 64;

    private readonly Dictionary<IMethodSymbol, List<Entry>> found = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<IMethodSymbol, List<Entry>> analysed = new(SymbolEqualityComparer.Default);

    /// <summary>The methods that calls reach.</summary>
    public IEnumerable<IMethodSymbol> Methods => found.Keys;

    /// <summary>The entries that calls lead to: none of a method that nothing of 16-bit reaches.</summary>
    public IReadOnlyList<Entry> this[IMethodSymbol method]
        => found.TryGetValue(method.OriginalDefinition, out var entries) && (keepsAll || entries.Exists(IsKnown)) ? entries : [];

    /// <summary>Every entry of a method: also those that tell nothing, and those of models' own forwards.</summary>
    public IEnumerable<Entry> AllOf(IMethodSymbol method)
        => (found.TryGetValue(method, out var entries) ? entries : []).Union(analysed.TryGetValue(method, out var own) ? own : []);

    /// <summary>Whether the calls in a method are among those that entries come from.</summary>
    public bool HasAnalysed(IMethodSymbol method) => analysed.ContainsKey(method.OriginalDefinition);

    /// <summary>Notes that the calls in a body are known, as it is entered in one way.</summary>
    public void NoteAnalysed(IMethodSymbol method, Entry entry)
    {
        method = method.OriginalDefinition;
        if (!analysed.TryGetValue(method, out var entries))
        {
            analysed.Add(method, entries = []);
        }

        entries.Add(entry);
    }

    /// <summary>Adds an entry that a call gives.</summary>
    /// <param name="method">The method.</param>
    /// <param name="entry">The entry. On return it may be joined with others.</param>
    /// <returns>Whether it leads to something new.</returns>
    public bool Add(IMethodSymbol method, ref Entry entry)
    {
        method = method.OriginalDefinition;
        if (!found.TryGetValue(method, out var entries))
        {
            found.Add(method, entries = []);
        }

        if (entries.Contains(entry) || entries.Count >= Maximum)
        {
            return false;
        }

        // Joining entries that tell nothing with others would lose what the others tell.
        var added = entry;
        var alike = entries.FindAll(other => added.IsLike(other) && added.Tells == other.Tells);
        if (alike.Count >= MaximumAlike)
        {
            entry = alike.Aggregate(entry, static (all, one) => all.Or(one));
            if (entries.Contains(entry))
            {
                return false;
            }

            entries.RemoveAll(alike.Contains);
        }

        entries.Add(entry);

        // An entry of which nothing is known is kept, since the body runs that way too, but it leads to nothing new.
        return keepsAll || IsKnown(entry);
    }

    /// <summary>Whether more is known in an entry than the body shows: something is 16-bit, or nothing is though a 16-bit model runs it.</summary>
    private static bool IsKnown(Entry entry) => entry.Tells || entry.Model is not null;
}
