using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Documentation.Tests.Pictures;

/// <summary>The colors in which an editor shows code.</summary>
internal static class CodeColors
{
    public const string Text = "#d4d4d4";

    private const string Keyword = "#569cd6";
    private const string TypeName = "#4ec9b0";
    private const string Method = "#dcdcaa";
    private const string Literal = "#ce9178";
    private const string Number = "#b5cea8";
    private const string Comment = "#6a9955";

    /// <returns>Pieces of code with their colors, in order; blanks between them are left out.</returns>
    public static IEnumerable<(int Start, string Text, string Color)> Of(string code)
    {
        var root = CSharpSyntaxTree.ParseText(code).GetRoot();
        var comments = root.DescendantTrivia()
            .Where(trivia => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia))
            .Select(trivia => (trivia.SpanStart, trivia.ToString(), Comment));
        return root.DescendantTokens()
            .Where(token => token.Span.Length > 0)
            .Select(token => (token.SpanStart, token.Text, ColorOf(token)))
            .Concat(comments)
            .OrderBy(piece => piece.SpanStart);
    }

    private static string ColorOf(SyntaxToken token) => token switch
    {
        _ when token.IsKeyword() || token.Text is "var" => Keyword,
        _ when token.IsKind(SyntaxKind.StringLiteralToken) => Literal,
        _ when token.IsKind(SyntaxKind.NumericLiteralToken) => Number,
        { Parent: MethodDeclarationSyntax } when token.IsKind(SyntaxKind.IdentifierToken) => Method,
        { Parent: BaseTypeDeclarationSyntax } when token.IsKind(SyntaxKind.IdentifierToken) => TypeName,
        { Parent: SimpleNameSyntax { Parent: InvocationExpressionSyntax } } => Method,
        { Parent: SimpleNameSyntax { Parent: MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax } access } name } when access.Name == name => Method,
        { Parent: SimpleNameSyntax { Parent: ParameterSyntax or MethodDeclarationSyntax or VariableDeclarationSyntax or AttributeSyntax or TypeArgumentListSyntax } } => TypeName,
        _ => Text,
    };
}
