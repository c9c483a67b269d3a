using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Flow.Values;
using Precision.Generator.Rules;

namespace Precision.CodeFixes.Annotation;

/// <summary>PRC0001: makes a class and every type around it partial.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class MakePartialCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.AnnotatedClassIsNotPartial];

    private protected override string Title => "Make partial";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        var types = node.AncestorsAndSelf().OfType<TypeDeclarationSyntax>().ToArray();
        if (types.Any(type => type.Modifiers.Any(SyntaxKind.FileKeyword)))
        {
            return; // partial would not help
        }

        foreach (var type in types)
        {
            if (!type.Modifiers.Any(SyntaxKind.PartialKeyword))
            {
                edits.Replace<TypeDeclarationSyntax>(type, MakePartial);
            }
        }
    }

    /// <summary>The modifier stands directly before the keyword, and takes over what stood before it.</summary>
    internal static TypeDeclarationSyntax MakePartial(TypeDeclarationSyntax type)
    {
        var partial = SyntaxFactory.Token(type.Keyword.LeadingTrivia, SyntaxKind.PartialKeyword, [SyntaxFactory.Space]);
        return (TypeDeclarationSyntax)type.WithKeyword(type.Keyword.WithLeadingTrivia()).AddModifiers(partial);
    }
}
