using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Modules;

/// <summary>Where a file calls constructors, by the names of their classes: read once for each version of the file.</summary>
internal sealed class CreationsOfFile
{
    private static readonly ConditionalWeakTable<SyntaxTree, CreationsOfFile> ByTree = new();

    private readonly ILookup<string, SyntaxNode> named;
    private readonly SyntaxNode[] unnamed;
    private readonly SyntaxTree tree;

    private CreationsOfFile(SyntaxTree tree, CancellationToken token)
    {
        var calls = tree.GetRoot(token).DescendantNodes().Where(IsCall).Select(static node => (Name: NameOf(node), Node: node)).ToArray();
        named = calls.Where(static call => call.Name is not null).ToLookup(static call => call.Name!, static call => call.Node, StringComparer.Ordinal);
        unnamed = [.. calls.Where(static call => call.Name is null).Select(static call => call.Node)];
        this.tree = tree;
    }

    public static CreationsOfFile Of(SyntaxTree tree, CancellationToken token)
        => ByTree.TryGetValue(tree, out var known) ? known : ByTree.GetValue(tree, tree => new CreationsOfFile(tree, token));

    /// <summary>The calls that may be of a constructor of some class, in the order of the text. <c>new()</c> has no name: who writes it names the class, nearly always in the same file.</summary>
    public IEnumerable<SyntaxNode> Of(string name, CancellationToken token)
        => unnamed.Length > 0 && tree.GetText(token).ToString().IndexOf(name, StringComparison.Ordinal) >= 0
            ? named[name].Concat(unnamed).OrderBy(static call => call.SpanStart)
            : named[name];

    private static bool IsCall(SyntaxNode node)
        => node is BaseObjectCreationExpressionSyntax or ConstructorInitializerSyntax or PrimaryConstructorBaseTypeSyntax;

    private static string? NameOf(SyntaxNode call) => call switch
    {
        ObjectCreationExpressionSyntax { Type: var type } => NameOf(type),
        PrimaryConstructorBaseTypeSyntax { Type: var type } => NameOf(type),
        ConstructorInitializerSyntax { Parent.Parent: TypeDeclarationSyntax around } initializer
            => initializer.IsKind(SyntaxKind.ThisConstructorInitializer) ? around.Identifier.ValueText
                : around.BaseList?.Types is [var first, ..] ? NameOf(first.Type) : null,
        _ => null,
    };

    private static string? NameOf(TypeSyntax type) => type switch
    {
        SimpleNameSyntax simple => simple.Identifier.ValueText,
        QualifiedNameSyntax { Right: var right } => right.Identifier.ValueText,
        AliasQualifiedNameSyntax { Name: var aliased } => aliased.Identifier.ValueText,
        _ => null,
    };
}
