using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Generation;

/// <summary>
/// Stands for everything that a compilation declares. Compilations that differ in bodies of members only, as those before and
/// after most keystrokes do, have the same version, and what was read from one's declarations holds for the other.
/// </summary>
internal sealed class DeclarationVersion
{
    private static readonly ConditionalWeakTable<Compilation, DeclarationVersion> ByCompilation = new();

    /// <summary>The versions of compilations that a tree was in, for finding the one before an edit. Of two trees a compilation.</summary>
    private static readonly ConditionalWeakTable<SyntaxTree, DeclarationVersion> ByTree = new();

    /// <summary>What the last compilation of this version was made of. Not the compilation, which holds all that was bound in it.</summary>
    private volatile Inputs latest;

    private DeclarationVersion(Inputs inputs) => latest = inputs;

    /// <summary>The version of a compilation. Asked again, it costs a look-up.</summary>
    public static DeclarationVersion Of(Compilation compilation) => ByCompilation.GetValue(compilation, Find);

    private static DeclarationVersion Find(Compilation compilation)
    {
        // An edit replaces one tree, so that the first or the last one is in the compilation before it too.
        var inputs = Inputs.Of(compilation);
        var (first, last) = (inputs.Trees.First(), inputs.Trees.Last());
        var version = Known(first, inputs) ?? Known(last, inputs) ?? new DeclarationVersion(inputs);
        Remember(first, version);
        Remember(last, version);
        return version;
    }

    private static DeclarationVersion? Known(SyntaxTree tree, Inputs inputs)
        => ByTree.TryGetValue(tree, out var version) && version.Covers(inputs) ? version : null;

    private static void Remember(SyntaxTree tree, DeclarationVersion version)
    {
        lock (ByTree)
        {
            ByTree.Remove(tree);
            ByTree.Add(tree, version);
        }
    }

    private bool Covers(Inputs inputs)
    {
        if (!latest.HaveSameDeclarations(inputs))
        {
            return false;
        }

        // The next edit is compared with this one, of which it differs least.
        latest = inputs;
        return true;
    }

    private sealed record Inputs(string? AssemblyName, CompilationOptions Options, MetadataReference[] References, SyntaxTree[] Trees)
    {
        public static Inputs Of(Compilation compilation)
            => new(compilation.AssemblyName, compilation.Options, [.. compilation.References], [.. compilation.SyntaxTrees]);

        public bool HaveSameDeclarations(Inputs other)
            => AssemblyName == other.AssemblyName
                && Options.Equals(other.Options)
                && References.SequenceEqual(other.References)
                && Trees.SequenceEqual(other.Trees, TopLevelComparer.Instance);
    }

    /// <summary>
    /// Whether two versions of a file declare the same. Initializers are compared apart, those of constants, enums and
    /// parameters among them: the compiler's comparison passes over all of them after a field that has one.
    /// </summary>
    private sealed class TopLevelComparer : IEqualityComparer<SyntaxTree>
    {
        public static readonly TopLevelComparer Instance = new();

        public bool Equals(SyntaxTree left, SyntaxTree right)
            => ReferenceEquals(left, right)
                || (left.FilePath == right.FilePath
                    && left.Options.Equals(right.Options)
                    && left.IsEquivalentTo(right, topLevel: true)
                    && Initializers(left).SequenceEqual(Initializers(right)));

        public int GetHashCode(SyntaxTree tree) => 0;

        private static IEnumerable<string> Initializers(SyntaxTree tree)
            => tree.GetRoot()
                .DescendantNodes(static node => node is not (BlockSyntax or ArrowExpressionClauseSyntax or EqualsValueClauseSyntax))
                .OfType<EqualsValueClauseSyntax>()
                .Select(static initializer => initializer.ToString());
    }
}
