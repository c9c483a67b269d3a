using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Operations;

namespace Precision.CodeFixes.Training.Loops;

/// <summary>Finds code that does with gradients what a training would not see.</summary>
internal sealed class GradientUses(Compilation compilation, CancellationToken token)
{
    /// <summary>Members with which code reads or changes gradients itself.</summary>
    private static readonly HashSet<string> GradientMembers = ["grad", "set_grad", "register_hook", "requires_grad_"];

    /// <summary>Whether the method that a call runs computes, reads or uses gradients.</summary>
    public bool AreIn(InvocationExpressionSyntax call) => HelperOf(call) is { } helper && Touches(helper, 0);

    private SyntaxNode? HelperOf(InvocationExpressionSyntax call)
        => compilation.GetSemanticModel(call.SyntaxTree).GetSymbolInfo(call, token).Symbol is IMethodSymbol
            { DeclaringSyntaxReferences: [var reference] } ? reference.GetSyntax(token) : null;

    /// <summary>Whether a helper computes, reads or uses gradients.</summary>
    private bool Touches(SyntaxNode helper, int depth)
    {
        const int maximumDepth = 4;
        var inner = compilation.GetSemanticModel(helper.SyntaxTree);
        return depth > maximumDepth || AreNamedIn(helper)
            || helper.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(call => ScalerCalls.MemberOf(call, inner, token) switch
            {
                TrainingMember.None => HelperOf(call) is { } next && next != helper && Touches(next, depth + 1),
                TrainingMember.Convert or TrainingMember.CreateOptimizer or TrainingMember.ReadScaler => false,
                _ => true,
            });
    }

    /// <summary>Whether code names gradients itself.</summary>
    public static bool AreNamedIn(SyntaxNode node)
        => node.DescendantNodes().OfType<SimpleNameSyntax>().Any(static name => GradientMembers.Contains(name.Identifier.ValueText)
            && name.Parent is MemberAccessExpressionSyntax or MemberBindingExpressionSyntax);
}
