using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace Precision.Generator.Flow;

/// <summary>
/// Whether a file says anything that can make a value 16-bit. Most files do not, and their bodies need no analysis: what other
/// files hand to them is unknown there.
/// </summary>
internal static class SixteenBitMentions
{
    private static readonly ConditionalWeakTable<SyntaxTree, object> ByTree = new();

    /// <summary>Whether a file does: read once for each version of the file, whoever asks.</summary>
    public static bool Contains(SyntaxTree tree, CancellationToken token)
        => (bool)(ByTree.TryGetValue(tree, out var known) ? known : ByTree.GetValue(tree, tree => Find(tree.GetText(token).ToString())));

    /// <summary>Every file of a project is searched, so that the searches are those that processors do in large steps.</summary>
    private static object Find(string text)
    {
        return Contains(text, "loat16") // of Float16 and BFloat16, and of TorchSharp's names in lower case
            || Contains(text, "Autocast")
            || NamesHalf(text);
    }

    private static bool NamesHalf(string text)
    {
        // Half of something is a common variable, which says nothing of dtypes: then only x.half() does.
        const string ending = "alf";
        bool? isVariable = null;
        for (var at = IndexOf(text, ending, 1); at >= 0; at = IndexOf(text, ending, at + ending.Length))
        {
            var end = at + ending.Length;
            var before = at < 2 ? ' ' : text[at - 2];
            if (text[at - 1] is not ('h' or 'H') || IsPartOfName(before) || (end < text.Length && IsPartOfName(text[end])))
            {
                continue;
            }

            if (before == '.' || text[at - 1] == 'H' || !(isVariable ??= Contains(text, "half =")))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Contains(string text, string part) => IndexOf(text, part, 0) >= 0;

    private static int IndexOf(string text, string part, int start)
        => start >= text.Length ? -1 : text.IndexOf(part, start, StringComparison.Ordinal);

    private static bool IsPartOfName(char character) => character == '_' || char.IsLetterOrDigit(character);
}
