using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Flow;

/// <summary>Finds what the initialisers and constructors of a class assign to its members.</summary>
internal static class InitialMembers
{
    /// <summary>Of a class of which nothing is known.</summary>
    public static readonly IReadOnlyDictionary<ISymbol, FlowValue?> None = new Dictionary<ISymbol, FlowValue?>(SymbolEqualityComparer.Default);

    /// <summary>Analyses every initialiser and constructor of a class.</summary>
    public static IReadOnlyDictionary<ISymbol, FlowValue?> Of(INamedTypeSymbol type, FlowContext context, CancellationToken token)
    {
        var values = new Dictionary<ISymbol, FlowValue?>(SymbolEqualityComparer.Default);
        foreach (var (syntax, owner) in Initialisers(type, token))
        {
            if (!context.Compilation.ContainsSyntaxTree(syntax.SyntaxTree)
                || context.Compilation.GetSemanticModel(syntax.SyntaxTree).GetOperation(syntax, token) is not { } root
                || Graphs.Create(root, token) is not { } graph)
            {
                continue;
            }

            var analysis = new FlowAnalysis(context, new Scenario(Devices.Any, Dtypes.None), RegionMap.Of(root), FlowRegion.None, root, owner, depth: 1, token);
            analysis.Run(graph, new FlowState());
            foreach (var (member, value) in analysis.MemberWrites.Select(static pair => (pair.Key, pair.Value)))
            {
                values[member] = values.TryGetValue(member, out var other) ? FlowValue.Join(other, value) : value;
            }
        }

        return values;
    }

    /// <summary>Whether code of a field's class, other than initialisers and constructors, assigns a field of that name or hands out a reference to one.</summary>
    public static bool IsAssignedLater(IFieldSymbol field, CancellationToken token)
        => field.ContainingType.DeclaringSyntaxReferences
            .Select(reference => reference.GetSyntax(token))
            .SelectMany(static part => part.DescendantNodes())
            .Any(node => node is IdentifierNameSyntax name
                && name.Identifier.ValueText == field.Name
                && IsWritten(name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access : name)
                && name.Ancestors().FirstOrDefault(static ancestor
                    => ancestor is BaseMethodDeclarationSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax)
                    is not ConstructorDeclarationSyntax);

    private static bool IsWritten(ExpressionSyntax expression) => expression.Parent switch
    {
        AssignmentExpressionSyntax assignment => assignment.Left == expression,
        PrefixUnaryExpressionSyntax prefix => prefix.IsKind(SyntaxKind.PreIncrementExpression) || prefix.IsKind(SyntaxKind.PreDecrementExpression),
        PostfixUnaryExpressionSyntax => true,
        ArgumentSyntax { RefKindKeyword.RawKind: not (int)SyntaxKind.None } or RefExpressionSyntax => true,
        ArgumentSyntax { Parent: TupleExpressionSyntax { Parent: AssignmentExpressionSyntax } } => true,
        _ => false,
    };

    private static IEnumerable<(SyntaxNode Syntax, ISymbol Owner)> Initialisers(INamedTypeSymbol type, CancellationToken token)
    {
        foreach (var member in type.GetMembers())
        {
            foreach (var reference in member.DeclaringSyntaxReferences)
            {
                switch (member, reference.GetSyntax(token))
                {
                    case (IFieldSymbol, VariableDeclaratorSyntax { Initializer: { } initializer }):
                        yield return (initializer, member);
                        break;
                    case (IPropertySymbol, PropertyDeclarationSyntax { Initializer: { } initializer }):
                        yield return (initializer, member);
                        break;
                    case (IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.StaticConstructor }, ConstructorDeclarationSyntax constructor):
                        yield return (constructor, member);
                        break;
                }
            }
        }
    }
}
