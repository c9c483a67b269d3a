using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Modules;

/// <summary>Binds the source of one compilation, each file once.</summary>
internal sealed class SourceModels(Compilation compilation, CancellationToken token)
{
    private readonly Dictionary<SyntaxTree, SemanticModel> models = [];

    private readonly Dictionary<INamedTypeSymbol, ILookup<string, SyntaxNode>> uses = new(SymbolEqualityComparer.Default);

    private readonly Dictionary<IOperation, ILookup<ISymbol, IOperation>> locals = [];

    public CancellationToken Token => token;

    /// <summary>Whether a symbol is written here.</summary>
    public bool Declares(ISymbol symbol) => compilation.Declares(symbol);

    /// <summary>Whether other compilations may use this one's public members.</summary>
    public bool IsLibrary => compilation.Options.OutputKind is OutputKind.DynamicallyLinkedLibrary or OutputKind.NetModule;

    /// <summary>The operation of a piece of syntax; null where there is none.</summary>
    public IOperation? OperationOf(SyntaxNode? syntax)
        => syntax is null ? null : ModelOf(syntax.SyntaxTree).GetOperation(syntax, token);

    /// <summary>The semantic model of a file.</summary>
    public SemanticModel ModelOf(SyntaxTree tree)
    {
        if (!models.TryGetValue(tree, out var model))
        {
            models.Add(tree, model = compilation.GetSemanticModel(tree));
        }

        return model;
    }

    /// <summary>What a method runs; null where it has no body in this compilation.</summary>
    public IOperation? BodyOf(IMethodSymbol method)
        => (method.PartialImplementationPart ?? method).DeclaringSyntaxReferences is [var reference, ..]
            ? OperationOf(reference.GetSyntax(token))
            : null;

    /// <summary>
    /// Where a type assigns a member of its own, calls a method on it or hands it on, by the syntax. A type is searched once for all its members.
    /// That a module runs is no such use: it puts nothing anywhere, and binding every forward for it costs.
    /// </summary>
    public IEnumerable<SyntaxNode> UsesOf(ISymbol member, INamedTypeSymbol type)
    {
        if (!uses.TryGetValue(type, out var ofType))
        {
            uses.Add(type, ofType = type.DeclaringSyntaxReferences
                .SelectMany(reference => reference.GetSyntax(token).DescendantNodes())
                .SelectMany(static node => UsedIn(node).Distinct(StringComparer.Ordinal).Select(name => (Name: name, Node: node)))
                .ToLookup(static use => use.Name, static use => use.Node, StringComparer.Ordinal));
        }

        return ofType[member.Name];
    }

    /// <summary>Where the body around a local variable puts something into it or hands it on. A body is searched once for all its variables.</summary>
    public IEnumerable<IOperation> UsesOf(ILocalReferenceOperation reference)
    {
        var root = reference.Root();
        if (!locals.TryGetValue(root, out var inBody))
        {
            locals.Add(root, inBody = LocalUses.Of(root));
        }

        return inBody[reference.Local];
    }

    private static IEnumerable<string> UsedIn(SyntaxNode node) => node switch
    {
        AssignmentExpressionSyntax { Left: TupleExpressionSyntax targets } => targets.Arguments.Select(static target => NameOf(target.Expression)).OfType<string>(),
        AssignmentExpressionSyntax { Left: var target } => NamesOf(target),
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access, ArgumentList.Arguments: var arguments }
            => (access.Name.Identifier.ValueText is OperationTable.Call or OperationTable.Forward ? [] : NamesOf(access.Expression)).Concat(arguments.Select(static argument => NameOf(argument.Expression)).OfType<string>()),
        InvocationExpressionSyntax { ArgumentList.Arguments: var arguments } => arguments.Select(static argument => NameOf(argument.Expression)).OfType<string>(),
        _ => [],
    };

    private static IEnumerable<string> NamesOf(ExpressionSyntax expression) => NameOf(expression) is { } name ? [name] : [];

    private static string? NameOf(ExpressionSyntax expression) => expression switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        ElementAccessExpressionSyntax element => NameOf(element.Expression),
        _ => null,
    };
}
