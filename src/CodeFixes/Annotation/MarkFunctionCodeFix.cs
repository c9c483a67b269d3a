using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Forward.Functions;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Operations;
using Precision.Generator.Rules;

namespace Precision.CodeFixes.Annotation;

/// <summary>
/// PRC3005, PRC0012: makes a custom autograd function one whose forward and backward are generated: marked, partial, and with
/// <c>ForwardCore</c> and <c>BackwardCore</c> in place of the overrides.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class MarkFunctionCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
    [
        RuleIdentifiers.FunctionIsNotMarked,
        RuleIdentifiers.FunctionCannotBeGenerated,
    ];

    private protected override string Title => "Use [MixedPrecisionFunction]";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } declaration
            || model.GetDeclaredSymbol(declaration, token) is not INamedTypeSymbol type
            || AutogradFunctions.BaseOf(type) is null
            || declaration.AncestorsAndSelf().Any(static outer => outer is TypeDeclarationSyntax type && type.Modifiers.Any(SyntaxKind.FileKeyword)))
        {
            return;
        }

        var isMarked = type.FindMixedPrecisionFunction() is not null;
        var overrides = Overrides(type, declaration.SyntaxTree, token).ToArray();
        if (overrides.Any(method => !type.GetMembers(FunctionAnalysis.CoreOf(method.Identifier.ValueText)).IsEmpty)
            || (!isMarked && overrides.Length != 2))
        {
            return;
        }

        var modifiers = type.IsSealed
            ? new CoreModifiers(Accessibility.Private, SyntaxKind.None)
            : new CoreModifiers(Accessibility.Protected, SyntaxKind.VirtualKeyword);
        foreach (var method in overrides)
        {
            edits.Replace(method, method => Rename(method, modifiers));
        }

        foreach (var outer in declaration.Ancestors().OfType<TypeDeclarationSyntax>())
        {
            if (!outer.Modifiers.Any(SyntaxKind.PartialKeyword) && !edits.Contains(outer))
            {
                edits.Replace(outer, MakePartialCodeFix.MakePartial);
            }
        }

        var isPartial = declaration.Modifiers.Any(SyntaxKind.PartialKeyword);
        if (!isPartial || !isMarked)
        {
            var mark = isMarked ? null : Mark(model, declaration.SpanStart);
            edits.Replace(declaration, declaration =>
            {
                var changed = isPartial ? declaration : MakePartialCodeFix.MakePartial(declaration);
                return mark is null ? changed : Marked(changed, mark);
            });
        }
    }

    /// <summary>The overrides of TorchSharp's methods that a class declares in a file. Those being typed are left out.</summary>
    private static IEnumerable<MethodDeclarationSyntax> Overrides(INamedTypeSymbol type, SyntaxTree tree, CancellationToken token)
        => type.GetMembers(OperationTable.Forward).Concat(type.GetMembers(AutogradFunctions.Backward))
            .Where(static member => member is IMethodSymbol { IsOverride: true, IsAbstract: false })
            .SelectMany(static member => member.DeclaringSyntaxReferences)
            .Where(reference => reference.SyntaxTree == tree)
            .Select(reference => reference.GetSyntax(token))
            .OfType<MethodDeclarationSyntax>()
            .Where(static method => method.Modifiers.Any(SyntaxKind.PublicKeyword));

    private static SyntaxNode Rename(MethodDeclarationSyntax method, CoreModifiers modifiers)
        => method
            .WithModifiers(modifiers.Replace(method.Modifiers))
            .WithIdentifier(SyntaxFactory.Identifier(
                method.Identifier.LeadingTrivia, FunctionAnalysis.CoreOf(method.Identifier.ValueText), method.Identifier.TrailingTrivia));

    private static AttributeSyntax Mark(SemanticModel model, int position)
    {
        const string name = "Precision." + AnnotationSymbols.MixedPrecisionFunctionAttribute;
        const string suffix = "Attribute";
        var shown = model.Compilation.GetTypeByMetadataName(name)?.ToMinimalDisplayString(model, position) ?? name;
        return SyntaxFactory.Attribute(SyntaxFactory.ParseName(shown.Substring(0, shown.Length - suffix.Length)));
    }

    /// <summary>The mark stands on a line of its own before everything else, indented as the class is.</summary>
    private static TypeDeclarationSyntax Marked(TypeDeclarationSyntax type, AttributeSyntax mark)
    {
        var leading = type.GetLeadingTrivia();
        var lineEnd = type.DescendantTrivia().FirstOrDefault(static trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia));
        var isOneLine = lineEnd == default;
        var list = SyntaxFactory.AttributeList([mark])
            .WithLeadingTrivia(leading)
            .WithTrailingTrivia(isOneLine ? SyntaxFactory.Space : lineEnd);
        var rest = type.WithLeadingTrivia(leading.Where((trivia, i)
            => !isOneLine && i == leading.Count - 1 && trivia.IsKind(SyntaxKind.WhitespaceTrivia)));
        return (TypeDeclarationSyntax)rest.WithAttributeLists(rest.AttributeLists.Insert(0, list));
    }
}
