using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Flow.Classes;

/// <summary>
/// Finds the members that a class registers with <c>persistent: false</c>. TorchSharp leaves them out of <c>named_buffers</c>, and so
/// neither <c>to</c> nor master weights convert them.
/// </summary>
internal static class TransientBuffers
{
    /// <summary>The names of a class's members that are registered so.</summary>
    public static HashSet<string> Of(INamedTypeSymbol type, CancellationToken token)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var call in type.DeclaringSyntaxReferences.SelectMany(part => part.GetSyntax(token).DescendantNodes()).OfType<InvocationExpressionSyntax>())
        {
            if (call.ArgumentList.Arguments is [_, { Expression: var tensor }, { Expression: var persistent }]
                && persistent.IsKind(SyntaxKind.FalseLiteralExpression)
                && (call.Expression as IdentifierNameSyntax ?? (call.Expression as MemberAccessExpressionSyntax)?.Name) is { Identifier.ValueText: "register_buffer" }
                && NameOf(tensor) is { } name)
            {
                names.Add(name);
            }
        }

        return names;
    }

    private static string? NameOf(ExpressionSyntax tensor) => tensor switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } access => access.Name.Identifier.ValueText,
        AssignmentExpressionSyntax { Left: var target } => NameOf(target),
        ParenthesizedExpressionSyntax { Expression: var inner } => NameOf(inner),
        _ => null,
    };
}
