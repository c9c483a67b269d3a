using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.CodeFixes.Numerics;

/// <summary>Adds named arguments to calls.</summary>
internal static class NamedArguments
{
    /// <summary><c>(x)</c> becomes <c>(x, name: value)</c>.</summary>
    public static ArgumentListSyntax Add(ArgumentListSyntax list, string name, ExpressionSyntax value)
        => list.WithArguments(With(list.Arguments, SyntaxFactory.Argument(
            SyntaxFactory.NameColon(SyntaxFactory.IdentifierName(name)).WithTrailingTrivia(SyntaxFactory.Space),
            refKindKeyword: default,
            value)));

    private static SeparatedSyntaxList<ArgumentSyntax> With(SeparatedSyntaxList<ArgumentSyntax> arguments, ArgumentSyntax added)
        => arguments.Count == 0
            ? [added]
            : SyntaxFactory.SeparatedList<ArgumentSyntax>(
                arguments.Replace(arguments.Last(), arguments.Last().WithoutTrailingTrivia()).GetWithSeparators()
                    .AddRange([SyntaxFactory.Token([], SyntaxKind.CommaToken, [SyntaxFactory.Space]), added.WithTrailingTrivia(arguments.Last().GetTrailingTrivia())]));
}
