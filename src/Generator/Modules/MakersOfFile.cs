using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Modules;

/// <summary>Where a file makes objects, and where it calls methods that may do so for it: by the names alone.</summary>
internal sealed class MakersOfFile
{
    private static readonly ConditionalWeakTable<SyntaxTree, MakersOfFile> ByTree = new();

    private readonly ILookup<string, Place> places;

    private MakersOfFile(SyntaxNode root)
        => places = root.DescendantNodes()
            .SelectMany(static node => NamesIn(node).Select(name => (Name: name, Place: PlaceOf(node))))
            .Where(static made => made.Place.Factory != made.Name)
            .ToLookup(static made => made.Name, static made => made.Place, StringComparer.Ordinal);

    /// <summary>What a file makes. Asked again, it costs a look-up.</summary>
    public static MakersOfFile Of(SyntaxTree tree, CancellationToken token)
        => ByTree.TryGetValue(tree, out var known) ? known : ByTree.GetValue(tree, tree => new MakersOfFile(tree.GetRoot(token)));

    /// <summary>Where a class of some name is made, or a method of the name called.</summary>
    public IEnumerable<Place> Of(string name) => places[name];

    /// <summary>The names of the class that an expression makes, or of the method that it calls.</summary>
    private static IEnumerable<string> NamesIn(SyntaxNode node) => node switch
    {
        ObjectCreationExpressionSyntax { Type: var type } => LastName(type),
        ImplicitObjectCreationExpressionSyntax @new => TargetOf(@new) is { } type ? type.DescendantTokens().Where(static token => token.IsKind(SyntaxKind.IdentifierToken)).Select(static token => token.ValueText) : [],
        InvocationExpressionSyntax { Expression: SimpleNameSyntax name } => [name.Identifier.ValueText],
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name: var name } } => [name.Identifier.ValueText],
        _ => [],
    };

    private static IEnumerable<string> LastName(TypeSyntax type) => type switch
    {
        SimpleNameSyntax name => [name.Identifier.ValueText],
        QualifiedNameSyntax { Right: var name } => [name.Identifier.ValueText],
        _ => [],
    };

    /// <summary>The type that <c>new()</c> takes from what is around it.</summary>
    private static TypeSyntax? TargetOf(ImplicitObjectCreationExpressionSyntax @new)
    {
        foreach (var around in @new.Ancestors())
        {
            switch (around)
            {
                case VariableDeclarationSyntax { Type: var type }:
                    return type;
                case PropertyDeclarationSyntax { Type: var type }:
                    return type;
                case MethodDeclarationSyntax { ReturnType: var type }:
                    return type;
                case MemberDeclarationSyntax:
                    return null;
            }
        }

        return null;
    }

    private static Place PlaceOf(SyntaxNode node)
    {
        var method = node.FirstAncestorOrSelf<MethodDeclarationSyntax>();
        var isFactory = method is { ReturnType: not (PredefinedTypeSyntax or IdentifierNameSyntax { Identifier.ValueText: "Tensor" }) }
            && method.Modifiers.Any(SyntaxKind.StaticKeyword);
        return new Place(node.FirstAncestorOrSelf<TypeDeclarationSyntax>(), isFactory ? method!.Identifier.ValueText : null);
    }

    /// <summary>A place that makes an object.</summary>
    /// <param name="Type">The type around it; null in top-level statements.</param>
    /// <param name="Factory">The static method that may return the object; null where it stands in none.</param>
    internal sealed record Place(TypeDeclarationSyntax? Type, string? Factory);
}
