using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.CodeFixes.Numerics;

/// <summary>Marks members <c>[FullPrecision]</c>.</summary>
internal static class FullPrecisionMarks
{
    private const string Suffix = "Attribute";

    /// <summary>Marks the field or property that an expression names, where the same file declares it.</summary>
    public static void Add(NodeEdits edits, ExpressionSyntax expression, SemanticModel model, CancellationToken token)
    {
        if (model.GetSymbolInfo(expression, token).Symbol?.DeclaringSyntaxReferences is [var reference]
            && reference.SyntaxTree == expression.SyntaxTree
            && reference.GetSyntax(token).FirstAncestorOrSelf<MemberDeclarationSyntax>() is { } member)
        {
            var name = model.Compilation.GetTypeByMetadataName("Precision.FullPrecisionAttribute")?.ToMinimalDisplayString(model, member.SpanStart);
            var attribute = SyntaxFactory.Attribute(
                SyntaxFactory.ParseName(name is null ? "Precision.FullPrecision" : name.Substring(0, name.Length - Suffix.Length)));
            edits.Replace(member, member => Marked(member, attribute));
        }
    }

    private static MemberDeclarationSyntax Marked(MemberDeclarationSyntax member, AttributeSyntax attribute)
    {
        var list = SyntaxFactory.AttributeList([attribute]).WithLeadingTrivia(member.GetLeadingTrivia()).WithTrailingTrivia(SyntaxFactory.Space);
        var rest = member.WithoutLeadingTrivia();
        return rest.WithAttributeLists(rest.AttributeLists.Insert(0, list));
    }
}
