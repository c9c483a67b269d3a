using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Rules;
using Precision.Generator.Rules.Numerics;

namespace Precision.CodeFixes.Numerics;

/// <summary>PRC1006: gives binary cross entropy what goes into the sigmoid, by the function or module that takes logits.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class UseLogitsCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.LossOfProbabilities];

    private protected override string Title => "Use logits";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (!diagnostic.CanBeFixed()
            || !diagnostic.Properties.TryGetValue(FixProperties.Form, out var form) || form is null
            || diagnostic.Operands(node).ToArray() is not [ExpressionSyntax probabilities, ExpressionSyntax logits, ..] moved
            || node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } call
            || NameOf(call) is not { } name)
        {
            return;
        }

        var isCast = form[form.Length - 1] == StableFix.Cast;
        var isInside = probabilities.Span.Contains(logits.Span);
        edits.Replace(name, name => SyntaxFactory.IdentifierName(form.TrimEnd(StableFix.Cast)).WithTriviaFrom(name));
        edits.Replace(probabilities, rewritten =>
        {
            var input = (isInside ? Steps.At(rewritten, probabilities, logits) : logits).WithoutTrivia();
            return (isCast ? Casts.To(input, TorchNames.Float32(model, call.SpanStart)) : input).WithTriviaFrom(rewritten);
        });
        foreach (var target in moved.Skip(2).OfType<ExpressionSyntax>())
        {
            Casts.Add(edits, target, model);
        }

        Casts.AddBack(edits, diagnostic, node, model);
        if (!isInside)
        {
            Steps.RemoveUnused(edits, probabilities, moved.Skip(1).ToArray(), model, token);
        }
    }

    /// <summary>What names the loss: the function, or in <c>BCELoss().call(p, y)</c> what makes the module.</summary>
    private static SimpleNameSyntax? NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax { Expression: InvocationExpressionSyntax maker, Name.Identifier.ValueText: "call" or "forward" } => NameOf(maker),
        MemberAccessExpressionSyntax { Name: var name } => name,
        SimpleNameSyntax name => name,
        _ => null,
    };
}
