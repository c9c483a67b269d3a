using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.Generator.Modules;

/// <summary>
/// Binds the members of classes on all processors. The compiler keeps what it has bound while analyzers run, and binding takes most of the time
/// that is needed to follow models, in which the compiler's other threads wait.
/// </summary>
internal static class ParallelBinding
{
    /// <summary>Binds all members of classes.</summary>
    public static void Bind(IEnumerable<INamedTypeSymbol> types, Compilation compilation, CancellationToken token)
    {
        if (compilation.Options.ConcurrentBuild)
        {
            var members = types
                .SelectMany(static type => type.DeclaringSyntaxReferences)
                .SelectMany(reference => reference.GetSyntax(token) is TypeDeclarationSyntax { Members: var members } ? members.SelectMany(Parts) : []);
            Parallel.ForEach(
                members,
                new ParallelOptions { CancellationToken = token },
                part => compilation.GetSemanticModel(part.SyntaxTree).GetOperation(part, token));
        }
    }

    /// <summary>What the compiler binds as one: a method, an accessor, an initial value.</summary>
    private static IEnumerable<SyntaxNode> Parts(MemberDeclarationSyntax member) => member switch
    {
        BaseMethodDeclarationSyntax method => [method],
        PropertyDeclarationSyntax { ExpressionBody: { } body } => [body],
        PropertyDeclarationSyntax { AccessorList.Accessors: var accessors, Initializer: var initial }
            => accessors.Where(static accessor => accessor is not { Body: null, ExpressionBody: null }).Concat(Initial(initial)),
        FieldDeclarationSyntax { Declaration.Variables: var variables } => variables.SelectMany(static variable => Initial(variable.Initializer)),
        _ => [],
    };

    private static IEnumerable<SyntaxNode> Initial(EqualsValueClauseSyntax? initial) => initial is null ? [] : [initial];
}
