using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Rules;
using Precision.Generator.Rules.Numerics;

namespace Precision.CodeFixes.Numerics;

/// <summary>PRC1012: computes in one step what is composed of several, <c>x.log_softmax(-1)</c> for <c>log(x.softmax(-1))</c>; of 16-bit in float32.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class UseStableMemberCodeFix : NodeCodeFixProvider
{
    private static readonly char[] Marks = [StableFix.Negated, StableFix.Cast, StableFix.Flat, StableFix.Each];

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.UnstableComposition];

    private protected override string Title => "Compute in one step";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (!diagnostic.CanBeFixed()
            || !diagnostic.Properties.TryGetValue(FixProperties.Form, out var form) || form is null
            || diagnostic.Operands(node).ToArray() is not [ExpressionSyntax input, ..] moved
            || node.FirstAncestorOrSelf<ExpressionSyntax>(static expression => expression is InvocationExpressionSyntax or BinaryExpressionSyntax) is not { } last)
        {
            return;
        }

        var back = diagnostic.Back(node);
        var isInside = last.Span.Contains(input.Span);
        edits.Replace(last, rewritten =>
        {
            var call = Call(isInside ? Steps.At(rewritten, last, input) : input, moved.Skip(1), form, model, last.SpanStart);
            var isCastBack = back is (var place, _) && place == last;
            return (isCastBack ? Casts.To(call, Casts.Dtype(model, last.SpanStart, back!.Value.Dtype)) : call).WithTriviaFrom(rewritten);
        });
        Casts.AddBack(edits, diagnostic, node, model);
        if (!isInside)
        {
            Steps.RemoveUnused(edits, last, moved, model, token);
        }
    }

    private static ExpressionSyntax Call(ExpressionSyntax input, IEnumerable<SyntaxNode> arguments, string form, SemanticModel model, int position)
    {
        var receiver = input.WithoutTrivia();
        if (form.Contains(StableFix.Cast))
        {
            receiver = Casts.To(receiver, TorchNames.Float32(model, position));
        }

        if (form.Contains(StableFix.Negated))
        {
            var operand = receiver is BinaryExpressionSyntax ? SyntaxFactory.ParenthesizedExpression(receiver) : receiver;
            receiver = SyntaxFactory.PrefixUnaryExpression(SyntaxKind.UnaryMinusExpression, operand);
        }

        if (form.Contains(StableFix.Flat))
        {
            receiver = Casts.Invoke(receiver, "flatten");
        }

        if (form.Contains(StableFix.Each))
        {
            var expressions = arguments.OfType<ExpressionSyntax>().ToLookup(argument => model.GetTypeInfo(argument).Type?.SpecialType is SpecialType.System_Boolean);
            var kept = expressions[true].Select(static keeps => SyntaxFactory.Argument(
                SyntaxFactory.NameColon("keepdim").WithTrailingTrivia(SyntaxFactory.Space), default, keeps.WithoutTrivia())).ToArray();
            return expressions[false].Aggregate(
                receiver,
                (sum, dimension) => Casts.Invoke(sum, form.Trim(Marks), [SyntaxFactory.Argument(dimension.WithoutTrivia()), .. kept]));
        }

        var list = form.Contains(StableFix.Flat)
            ? [SyntaxFactory.Argument(SyntaxFactory.LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(0)))]
            : arguments.Select(static argument => (ArgumentSyntax)argument.FirstAncestorOrSelf<ArgumentSyntax>()!.WithoutTrivia());
        return Casts.Invoke(receiver, form.Trim(Marks), [.. list]);
    }
}
