using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Modules;

/// <summary>
/// The names of members that a file writes through another object than <c>this</c>: what <c>model.act = …</c>, <c>new Model { act = … }</c>
/// and <c>model.layers.Add(…)</c> tell by their syntax alone.
/// </summary>
internal sealed class WritesOfFile
{
    private static readonly ConditionalWeakTable<SyntaxTree, WritesOfFile> ByTree = new();

    private WritesOfFile(SyntaxNode root)
    {
        foreach (var node in root.DescendantNodes())
        {
            switch (node)
            {
                case AssignmentExpressionSyntax { Left: IdentifierNameSyntax name, Parent: InitializerExpressionSyntax }:
                    Assigned.Add(name.Identifier.ValueText);
                    break;
                case AssignmentExpressionSyntax { Left: ElementAccessExpressionSyntax { Expression: var collection } } when NameOf(collection) is { } name:
                    Filled.Add(name);
                    break;
                case AssignmentExpressionSyntax { Left: var target } when NameOf(target) is { } name:
                    Assigned.Add(name);
                    break;
                case ArgumentSyntax { RefKindKeyword.RawKind: not (int)SyntaxKind.None, Expression: var reference } when NameOf(reference) is { } name:
                    Assigned.Add(name);
                    break;
                case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: var method, Expression: var receiver } }
                    when Containers.IsAddition(method) && NameOf(receiver) is { } name:
                    Filled.Add(name);
                    break;
            }
        }
    }

    /// <summary>The members that are assigned.</summary>
    public HashSet<string> Assigned { get; } = new(StringComparer.Ordinal);

    /// <summary>The members whose collections are given more elements.</summary>
    public HashSet<string> Filled { get; } = new(StringComparer.Ordinal);

    /// <summary>What a file writes. Asked again, it costs a look-up.</summary>
    public static WritesOfFile Of(SyntaxTree tree, CancellationToken token)
        => ByTree.TryGetValue(tree, out var known) ? known : ByTree.GetValue(tree, tree => new WritesOfFile(tree.GetRoot(token)));

    private static string? NameOf(ExpressionSyntax expression)
        => expression is MemberAccessExpressionSyntax { Expression: not ThisExpressionSyntax } access ? access.Name.Identifier.ValueText : null;
}
