using Microsoft.CodeAnalysis;

namespace Precision.Generator.Interception;

/// <summary>
/// The files of a compilation whose text another file repeats. The compiler names the place of an intercepted call by the text of its file, so that
/// the calls of such files cannot be told apart.
/// </summary>
internal sealed class IdenticalFiles(Compilation compilation)
{
    private readonly Lazy<HashSet<SyntaxTree>> files = new(() => Find(compilation));

    /// <summary>Whether another file has the same text.</summary>
    public bool Contains(SyntaxTree tree) => files.Value.Contains(tree);

    private static HashSet<SyntaxTree> Find(Compilation compilation)
        => [.. compilation.SyntaxTrees
            .GroupBy(static tree => tree.Length)
            .Where(static ofOneLength => ofOneLength.Skip(1).Any())
            .SelectMany(static ofOneLength => ofOneLength.GroupBy(static tree => Convert.ToBase64String([.. tree.GetText().GetContentHash()])))
            .Where(static identical => identical.Skip(1).Any())
            .SelectMany(static identical => identical)];
}
