using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;
using Precision.Generator.Rules;

namespace Precision.CodeFixes.Annotation;

/// <summary>
/// PRC0003, PRC0009: turns an override of <c>forward</c> into the <c>ForwardCore</c> that the generated forward calls. Callers
/// keep calling <c>forward</c>.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class RenameToForwardCoreCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
    [
        RuleIdentifiers.AnnotatedClassOverridesForward,
        RuleIdentifiers.OverrideBypassesGeneratedForward,
    ];

    private protected override string Title => "Rename to ForwardCore";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } declaration
            || !declaration.Modifiers.Any(SyntaxKind.PublicKeyword) // being typed
            || model.GetDeclaredSymbol(declaration, token) is not { IsOverride: true, ContainingType: { } type } forward
            || !type.GetMembers(AnnotatedClassAnalysis.ForwardCore).IsEmpty
            || Choose(type, forward) is not { } modifiers)
        {
            return;
        }

        edits.Replace(declaration, method => Rename(method, modifiers));
        if (modifiers.Role is SyntaxKind.OverrideKeyword)
        {
            // base.forward is generated and would call this very override again.
            foreach (var call in declaration.DescendantNodes().OfType<MemberAccessExpressionSyntax>())
            {
                if (call is { Expression: BaseExpressionSyntax, Name: IdentifierNameSyntax { Identifier.ValueText: AnnotatedClassAnalysis.Forward } name })
                {
                    edits.Replace(name, static name => name.WithIdentifier(Named(name.Identifier)));
                }
            }
        }
    }

    /// <summary>The new method's modifiers; null where the generated forward would not call it.</summary>
    private static CoreModifiers? Choose(INamedTypeSymbol type, IMethodSymbol forward)
    {
        switch (FindInherited(type, forward))
        {
            case { IsSealed: false } inherited when inherited.IsVirtual || inherited.IsAbstract || inherited.IsOverride:
                var isFarProtected = inherited.DeclaredAccessibility is Accessibility.ProtectedOrInternal
                    && !inherited.ContainingAssembly.GivesAccessTo(type.ContainingAssembly);
                return new(isFarProtected ? Accessibility.Protected : inherited.DeclaredAccessibility, SyntaxKind.OverrideKeyword);
            case not null:
                return type.IsAnnotated() ? new(Accessibility.Private, SyntaxKind.NewKeyword) : null;
            case null when !type.IsAnnotated():
                return null;
            case null when forward.IsAbstract:
                return new(Accessibility.Protected, SyntaxKind.AbstractKeyword);
            default:
                // What derived classes could override as forward, they can override as ForwardCore.
                return type.IsSealed || forward.IsSealed
                    ? new(Accessibility.Private, SyntaxKind.None)
                    : new(Accessibility.Protected, SyntaxKind.VirtualKeyword);
        }
    }

    private static IMethodSymbol? FindInherited(INamedTypeSymbol type, IMethodSymbol forward)
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
        {
            foreach (var member in current.GetMembers(AnnotatedClassAnalysis.ForwardCore))
            {
                if (member is IMethodSymbol { IsStatic: false, Arity: 0 } method
                    && method.Parameters.Length == forward.Parameters.Length
                    && method.Parameters.Zip(forward.Parameters, (left, right) => left.Type.IsSameIgnoringTupleNames(right.Type)).All(same => same)
                    && AnnotatedClassAnalysis.IsAccessible(method, type))
                {
                    return method;
                }
            }
        }

        return null;
    }

    private static SyntaxNode Rename(MethodDeclarationSyntax method, CoreModifiers modifiers)
        => method
            .WithModifiers(modifiers.Replace(method.Modifiers))
            .WithIdentifier(Named(method.Identifier));

    private static SyntaxToken Named(SyntaxToken identifier)
        => SyntaxFactory.Identifier(identifier.LeadingTrivia, AnnotatedClassAnalysis.ForwardCore, identifier.TrailingTrivia);
}
