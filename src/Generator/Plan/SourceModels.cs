using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Plan;

/// <summary>Binds the source of one compilation, each file once.</summary>
internal sealed class SourceModels(Compilation compilation, CancellationToken token)
{
    private readonly Dictionary<SyntaxTree, SemanticModel> models = [];

    private readonly Dictionary<INamedTypeSymbol, ILookup<string, SyntaxNode>> uses = new(SymbolEqualityComparer.Default);

    public CancellationToken Token => token;

    /// <summary>The operation of a piece of syntax; null where there is none.</summary>
    public IOperation? OperationOf(SyntaxNode? syntax)
    {
        if (syntax is null)
        {
            return null;
        }

        if (!models.TryGetValue(syntax.SyntaxTree, out var model))
        {
            models.Add(syntax.SyntaxTree, model = compilation.GetSemanticModel(syntax.SyntaxTree));
        }

        return model.GetOperation(syntax, token);
    }

    /// <summary>What a method runs; null where it has no body in this compilation.</summary>
    public IOperation? BodyOf(IMethodSymbol method)
        => (method.PartialImplementationPart ?? method).DeclaringSyntaxReferences is [var reference, ..]
            ? OperationOf(reference.GetSyntax(token))
            : null;

    /// <summary>Where a member's own type assigns it or calls a method on it, by the syntax. A type is searched once for all its members.</summary>
    public IEnumerable<SyntaxNode> UsesOf(ISymbol member)
    {
        if (!uses.TryGetValue(member.ContainingType, out var ofType))
        {
            uses.Add(member.ContainingType, ofType = member.ContainingType.DeclaringSyntaxReferences
                .SelectMany(reference => reference.GetSyntax(token).DescendantNodes())
                .Where(static node => UsedIn(node) is not null)
                .ToLookup(static node => UsedIn(node)!, StringComparer.Ordinal));
        }

        return ofType[member.Name];
    }

    private static string? UsedIn(SyntaxNode node) => node switch
    {
        AssignmentExpressionSyntax assignment => NameOf(assignment.Left),
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } => NameOf(access.Expression),
        _ => null,
    };

    private static string? NameOf(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax } access => access.Name.Identifier.ValueText,
        _ => null,
    };
}
