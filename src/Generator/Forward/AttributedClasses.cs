using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward;

/// <summary>
/// The classes and methods of one file that carry attributes, and the aliases by which it may name them: all that its syntax tells of what is
/// annotated. All names are stems (<see cref="AttributeNames"/>).
/// </summary>
internal sealed class AttributedClasses
{
    private static readonly ConditionalWeakTable<SyntaxTree, AttributedClasses> ByTree = new();

    private readonly ImmutableArray<(ClassDeclarationSyntax Declaration, ImmutableArray<string> Attributes)> classes;
    private readonly ImmutableArray<(string Name, ImmutableArray<string> Attributes)> methods;
    private readonly ImmutableArray<string> aliases;

    private AttributedClasses(SyntaxNode root)
    {
        var classes = ImmutableArray.CreateBuilder<(ClassDeclarationSyntax, ImmutableArray<string>)>();
        var methods = ImmutableArray.CreateBuilder<(string, ImmutableArray<string>)>();
        var (aliases, globalAliases) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<string>());
        foreach (var node in root.DescendantNodes(static node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax or TypeDeclarationSyntax))
        {
            switch (node)
            {
                case ClassDeclarationSyntax { AttributeLists.Count: > 0 } declaration:
                    classes.Add((declaration, StemsOf(declaration)));
                    break;
                case MethodDeclarationSyntax { AttributeLists.Count: > 0 } declaration:
                    methods.Add((declaration.Identifier.ValueText, StemsOf(declaration)));
                    break;
                case UsingDirectiveSyntax { Alias: { } alias } directive:
                    (directive.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword) ? globalAliases : aliases).Add(alias.Name.Stem());
                    break;
            }
        }

        (this.classes, this.methods, this.aliases, GlobalAliases) = (classes.ToImmutable(), methods.ToImmutable(), aliases.ToImmutable(), globalAliases.ToImmutable());
    }

    /// <summary>The aliases that this file gives to all files, whatever they stand for.</summary>
    public ImmutableArray<string> GlobalAliases { get; }

    /// <summary>What a file holds. Asked again, it costs a look-up.</summary>
    public static AttributedClasses Of(SyntaxTree tree, CancellationToken token)
        => ByTree.TryGetValue(tree, out var known) ? known : ByTree.GetValue(tree, tree => new AttributedClasses(tree.GetRoot(token)));

    /// <summary>The classes with an attribute of one of these names, or of a name that an alias in this file may give to it.</summary>
    public IEnumerable<ClassDeclarationSyntax> WithAny(ISet<string> stems)
        => classes
            .Where(type => HasAny(type.Attributes, stems))
            .Select(static type => type.Declaration);

    /// <summary>The names of the methods with such an attribute.</summary>
    public IEnumerable<string> MethodsWithAny(ISet<string> stems)
        => methods.Where(method => HasAny(method.Attributes, stems)).Select(static method => method.Name);

    private bool HasAny(ImmutableArray<string> attributes, ISet<string> stems)
        => attributes.Any(attribute => stems.Contains(attribute) || aliases.Contains(attribute));

    private static ImmutableArray<string> StemsOf(MemberDeclarationSyntax declaration)
        => [.. declaration.AttributeLists.SelectMany(static list => list.Attributes).Select(static attribute => attribute.Name.Stem())];
}
