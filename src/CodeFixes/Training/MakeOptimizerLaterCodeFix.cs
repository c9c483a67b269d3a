using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Rules;

namespace Precision.CodeFixes.Training;

/// <summary>PRC2002: makes the optimizer after the conversion of its model.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class MakeOptimizerLaterCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.OptimizerMadeBeforeConversion];

    private protected override string Title => "Make the optimizer after the conversion";

    private protected override void Collect(
        NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        var root = node.SyntaxTree.GetRoot(token);
        if (node.FirstAncestorOrSelf<LocalDeclarationStatementSyntax>()
                is not { Parent: BlockSyntax block, Declaration.Variables: [var variable] } statement
            || diagnostic.AdditionalLocations is not [var conversion, ..] || conversion.SourceTree != node.SyntaxTree
            || root.FindNode(conversion.SourceSpan).FirstAncestorOrSelf<StatementSyntax>(outer
                => outer.Parent == block) is not ExpressionStatementSyntax last)
        {
            return;
        }

        // Nothing up to the conversion may use the optimizer, or be used by what makes it.
        var (from, to) = (block.Statements.IndexOf(statement), block.Statements.IndexOf(last));
        var names = new HashSet<string>(statement.DescendantNodes().OfType<IdentifierNameSyntax>().Select(static name
            => name.Identifier.ValueText)) { variable.Identifier.ValueText };
        var between = block.Statements.Skip(from + 1).Take(to - from);
        if (to > from
            && !between.Any(other => Mentions(other, variable.Identifier.ValueText) || Assigns(other, names, isLast: other == last)))
        {
            edits.Move(statement, behind: last);
        }
    }

    private static bool Mentions(SyntaxNode node, string name)
        => node.DescendantNodes().OfType<IdentifierNameSyntax>().Any(identifier => identifier.Identifier.ValueText == name);

    /// <summary>The conversion itself may assign the model, which is the same object.</summary>
    private static bool Assigns(StatementSyntax statement, HashSet<string> names, bool isLast)
        => !isLast && statement.DescendantNodes().OfType<AssignmentExpressionSyntax>()
            .Any(assignment => assignment.Left is IdentifierNameSyntax name && names.Contains(name.Identifier.ValueText));
}
