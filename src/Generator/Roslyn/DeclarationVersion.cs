using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Roslyn;

/// <summary>
/// Stands for everything that a compilation declares. Compilations that differ in bodies of members and initial values of fields only,
/// as those before and after most keystrokes do, have the same version: what was read from one's declarations holds for the other, and
/// what a body means depends on nothing beside its file and the version.
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
        var inputs = Inputs.Of(compilation);
        if (inputs.Trees is not [var first, ..])
        {
            return new DeclarationVersion(inputs);
        }

        // An edit replaces one tree, so that the first or the last one is in the compilation before it too.
        var last = inputs.Trees[^1];
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

    /// <summary>Whether two versions of a file declare the same.</summary>
    private sealed class TopLevelComparer : IEqualityComparer<SyntaxTree>
    {
        public static readonly TopLevelComparer Instance = new();

        private static readonly SyntaxList<MemberDeclarationSyntax> Statements
            = SyntaxFactory.SingletonList<MemberDeclarationSyntax>(SyntaxFactory.GlobalStatement(SyntaxFactory.EmptyStatement()));

        public bool Equals(SyntaxTree left, SyntaxTree right)
            => ReferenceEquals(left, right)
                || (left.FilePath == right.FilePath && left.Options.Equals(right.Options) && DeclareTheSame(Root(left), Root(right)));

        public int GetHashCode(SyntaxTree tree) => 0;

        private static bool DeclareTheSame(CompilationUnitSyntax left, CompilationUnitSyntax right)
            => SyntaxFactory.AreEquivalent(left, right, topLevel: true) && Words(left).SequenceEqual(Words(right));

        /// <summary>
        /// The root of a file. The statements of one that holds nothing else are a body. Beside them in one file their variables
        /// can be what a type's attribute names.
        /// </summary>
        private static CompilationUnitSyntax Root(SyntaxTree tree)
        {
            var root = (CompilationUnitSyntax)tree.GetRoot();
            return root.Members.Count > 0 && root.Members.All(static member => member is GlobalStatementSyntax)
                ? root.WithMembers(Statements)
                : root;
        }

        /// <summary>
        /// Every word outside bodies. The compiler's comparison finds a name equal to itself with <c>@</c>, by which an attribute may be
        /// another one, and passes over every initializer that comes after a field with one, those of constants too.
        /// </summary>
        private static IEnumerable<string> Words(SyntaxNode root)
            => root.DescendantTokens(static node => !IsBody(node)).Select(static token => token.Text);

        private static bool IsBody(SyntaxNode node) => node switch
        {
            BlockSyntax or ArrowExpressionClauseSyntax => true,
            EqualsValueClauseSyntax { Parent.Parent.Parent: FieldDeclarationSyntax field } => !field.Modifiers.Any(SyntaxKind.ConstKeyword),
            _ => false,
        };
    }
}
