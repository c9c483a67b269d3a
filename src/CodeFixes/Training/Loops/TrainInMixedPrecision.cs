using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeRefactorings;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Operations;
using Precision.Generator.Protocol;

namespace Precision.CodeFixes.Training.Loops;

/// <summary>
/// Turns a plain float32 loop that trains an annotated model into one by <c>MixedPrecisionTraining</c>. Offered at the loop, at a
/// backward or step, and where the optimizer is made.
/// </summary>
[ExportCodeRefactoringProvider(LanguageNames.CSharp, Name = nameof(TrainInMixedPrecision)), Shared]
public sealed class TrainInMixedPrecision : CodeRefactoringProvider
{
    private const string Title = "Train by MixedPrecisionTraining";

    /// <inheritdoc/>
    public override async Task ComputeRefactoringsAsync(CodeRefactoringContext context)
    {
        var token = context.CancellationToken;
        if (await context.Document.GetSyntaxRootAsync(token).ConfigureAwait(false) is not { } root
            || PlaceAt(root.FindToken(context.Span.Start)) is not { } place
            || await context.Document.GetSemanticModelAsync(token).ConfigureAwait(false) is not { } model)
        {
            return;
        }

        var holders = OptimizersIn(place, model, token);
        if (holders is [var holder] && PlainTraining.Of(holder, model, token) is { } plain
            && TrainingRewrite.Of(plain, model) is { } changed && IsSound(changed, model, token))
        {
            context.RegisterRefactoring(CodeAction.Create(
                Title, _ => Task.FromResult(context.Document.WithSyntaxRoot(changed)), nameof(TrainInMixedPrecision)));
        }
    }

    /// <summary>The loop, the function of a statement or the statement itself at which it may be offered.</summary>
    private static SyntaxNode? PlaceAt(SyntaxToken at)
    {
        if (at.Kind() is SyntaxKind.ForKeyword or SyntaxKind.ForEachKeyword or SyntaxKind.WhileKeyword or SyntaxKind.DoKeyword
            && at.Parent is ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax or DoStatementSyntax)
        {
            return at.Parent;
        }

        return at.Parent?.FirstAncestorOrSelf<StatementSyntax>() switch
        {
            ExpressionStatementSyntax { Expression: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } } statement
                => access.Name.Identifier.ValueText is "backward" ? PlainTraining.FunctionOf(statement)
                    : access.Name.Identifier.ValueText is "step" ? statement : null,
            (LocalDeclarationStatementSyntax or ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax }) and var statement
                => statement,
            _ => null,
        };
    }

    /// <summary>The variables with optimizers that a place names, or that the local functions and methods which it calls do.</summary>
    private static IReadOnlyList<ISymbol> OptimizersIn(SyntaxNode place, SemanticModel model, CancellationToken token)
    {
        var named = Named(place).ToList();
        if (named.Count == 0)
        {
            named = [.. place.DescendantNodes().OfType<InvocationExpressionSyntax>()
                .SelectMany(call => model.GetSymbolInfo(call, token).Symbol?.DeclaringSyntaxReferences ?? [])
                .Where(declaration => declaration.SyntaxTree == model.SyntaxTree)
                .SelectMany(declaration => Named(declaration.GetSyntax(token)))];
        }

        return [.. named.Distinct(SymbolEqualityComparer.Default)];

        IEnumerable<ISymbol> Named(SyntaxNode node) => node.DescendantNodes()
            .Select(part => part switch
            {
                VariableDeclaratorSyntax => model.GetDeclaredSymbol(part, token),
                IdentifierNameSyntax => model.GetSymbolInfo(part, token).Symbol,
                _ => null,
            })
            .OfType<ISymbol>()
            .Where(static symbol => TrainingMembers.IsOptimizer((symbol as ILocalSymbol)?.Type ?? (symbol as IFieldSymbol)?.Type
                ?? (symbol as IParameterSymbol)?.Type));
    }

    /// <summary>Whether the new file compiles where the old one did, and no training in it is wrong.</summary>
    private static bool IsSound(SyntaxNode changed, SemanticModel model, CancellationToken token)
    {
        var tree = model.SyntaxTree.WithRootAndOptions(changed, model.SyntaxTree.Options);
        var compilation = model.Compilation.ReplaceSyntaxTree(model.SyntaxTree, tree);
        var inner = compilation.GetSemanticModel(tree);
        if (inner.GetDiagnostics(cancellationToken: token).Any(static diagnostic => diagnostic.Severity is DiagnosticSeverity.Error))
        {
            return false;
        }

        var protocol = new TrainingProtocol(compilation);
        return !tree.GetRoot(token).DescendantNodes().OfType<InvocationExpressionSyntax>()
            .Where(call => ScalerCalls.MemberOf(call, inner, token) is not TrainingMember.None)
            .Any(call => protocol.At(inner.GetOperation(call, token)!, token).Any());
    }
}
