using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>Finds what the initialisers and constructors of a class assign to its members.</summary>
internal static class InitialMembers
{
    /// <summary>The members of a class that nothing is known about.</summary>
    public static readonly IReadOnlyDictionary<ISymbol, FlowValue?> None = new Dictionary<ISymbol, FlowValue?>(SymbolEqualityComparer.Default);

    /// <summary>Analyses every initialiser and constructor of a class.</summary>
    public static IReadOnlyDictionary<ISymbol, FlowValue?> Of(INamedTypeSymbol type, FlowContext context, CancellationToken token)
    {
        var values = new Dictionary<ISymbol, FlowValue?>(SymbolEqualityComparer.Default);
        foreach (var (syntax, owner) in Initialisers(type, token))
        {
            if (context.BodyOf(syntax, token) is not { IsReadable: true } body)
            {
                continue;
            }

            var entry = new Entry(new Scenario(Devices.Any, Dtypes.None), FlowRegion.None, PrecisionOfClass.Plain);
            var analysis = new FlowAnalysis(context, new FlowRun(body, owner, entry, Depth: 1), token);
            analysis.Run(new FlowState(body.Variables));
            foreach (var (member, value) in analysis.MemberWrites.Select(static pair => (pair.Key, pair.Value)))
            {
                values[member] = values.TryGetValue(member, out var other) ? FlowValue.Join(other, value) : value;
            }
        }

        return values;
    }

    /// <summary>
    /// Whether more can be known about a member than its type says. For most members it cannot: numbers, modules and classes that no other
    /// class derives from.
    /// </summary>
    public static bool MayBeKnown(ITypeSymbol type)
        => type.IsTensorOrDerived()
            || !(type.IsOfModules() // which Holdings know
                || type.SpecialType is not (SpecialType.None or SpecialType.System_Object)
                || type is INamedTypeSymbol { TypeKind: TypeKind.Class, IsSealed: true, DeclaringSyntaxReferences.Length: > 0 });

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
        var names = new HashSet<string>(type.GetMembers().Where(MayBeKnown).Select(static member => member.Name), StringComparer.Ordinal);
        foreach (var member in type.GetMembers())
        {
            foreach (var reference in member.DeclaringSyntaxReferences)
            {
                switch (member, reference.GetSyntax(token))
                {
                    case (IFieldSymbol, VariableDeclaratorSyntax { Initializer: { } initializer }) when names.Contains(member.Name):
                        yield return (initializer, member);
                        break;
                    case (IPropertySymbol, PropertyDeclarationSyntax { Initializer: { } initializer }) when names.Contains(member.Name):
                        yield return (initializer, member);
                        break;
                    case (IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.StaticConstructor }, ConstructorDeclarationSyntax constructor)
                        when constructor.DescendantTokens().Any(name => name.IsKind(SyntaxKind.IdentifierToken) && names.Contains(name.ValueText)):
                        yield return (constructor, member);
                        break;
                }
            }
        }
    }

    private static bool MayBeKnown(ISymbol member) => member switch
    {
        IFieldSymbol field => MayBeKnown(field.Type),
        IPropertySymbol property => MayBeKnown(property.Type),
        _ => false,
    };
}
