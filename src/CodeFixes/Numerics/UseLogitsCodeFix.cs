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
            || diagnostic.Operands(node).OfType<ExpressionSyntax>().ToArray() is not [var probabilities, var logits, ..] moved
            || node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } call)
        {
            return;
        }

        var maker = IsOfField(call) ? moved[moved.Length - 1] as InvocationExpressionSyntax : null;
        if (NameOf(maker ?? call) is not { } name)
        {
            return;
        }

        var isCast = form[form.Length - 1] == StableFix.Cast;
        var isInside = probabilities.Span.Contains(logits.Span);
        Rename(edits, name, form);
        if (maker is not null && TypeOf(call, model, token) is { } type && type.Identifier.ValueText == name.Identifier.ValueText)
        {
            Rename(edits, type, form);
        }

        edits.Replace(probabilities, rewritten =>
        {
            var input = (isInside ? Steps.At(rewritten, probabilities, logits) : logits).WithoutTrivia();
            return (isCast ? Casts.To(input, TorchNames.Float32(model, call.SpanStart)) : input).WithTriviaFrom(rewritten);
        });
        foreach (var target in moved.Skip(2).Where(other => other != maker))
        {
            Casts.Add(edits, target, model);
        }

        Casts.AddBack(edits, diagnostic, node, model);
        if (!isInside)
        {
            Steps.RemoveUnused(edits, probabilities, moved.Skip(1).ToArray(), model, token);
        }
    }

    private static void Rename(NodeEdits edits, SimpleNameSyntax name, string form)
        => edits.Replace(name, name => SyntaxFactory.IdentifierName(form.TrimEnd(StableFix.Cast)).WithTriviaFrom(name));

    /// <summary>Whether the loss is a module that a field holds.</summary>
    private static bool IsOfField(InvocationExpressionSyntax call)
        => call.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax or MemberAccessExpressionSyntax, Name.Identifier.ValueText: "call" or "forward" };

    /// <summary>The name of the class that the field of a call is declared with.</summary>
    private static SimpleNameSyntax? TypeOf(InvocationExpressionSyntax call, SemanticModel model, CancellationToken token)
        => model.GetSymbolInfo(((MemberAccessExpressionSyntax)call.Expression).Expression, token).Symbol is IFieldSymbol { DeclaringSyntaxReferences: [var reference] }
            ? reference.GetSyntax(token).FirstAncestorOrSelf<VariableDeclarationSyntax>()?.Type switch
            {
                QualifiedNameSyntax { Right: var right } => right,
                var type => type as SimpleNameSyntax,
            }
            : null;

    /// <summary>What names the loss: the function, or in <c>BCELoss().call(p, y)</c> what makes the module.</summary>
    private static SimpleNameSyntax? NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax { Expression: InvocationExpressionSyntax maker, Name.Identifier.ValueText: "call" or "forward" } => NameOf(maker),
        MemberAccessExpressionSyntax { Name: var name } => name,
        SimpleNameSyntax name => name,
        _ => null,
    };
}
