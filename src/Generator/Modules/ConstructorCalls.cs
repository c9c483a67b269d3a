using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Modules;

/// <summary>Finds the calls of a constructor: by <c>new</c>, and by the constructors of derived classes.</summary>
internal static class ConstructorCalls
{
    /// <summary>The arguments of each call that a compilation makes.</summary>
    public static ImmutableArray<ImmutableArray<IArgumentOperation>> Of(IMethodSymbol constructor, Compilation compilation, SourceModels models)
    {
        var name = constructor.ContainingType.Name;
        var calls = ImmutableArray.CreateBuilder<ImmutableArray<IArgumentOperation>>();
        foreach (var node in compilation.SyntaxTrees.SelectMany(tree => CreationsOfFile.Of(tree, models.Token).Of(name, models.Token)))
        {
            if (MayMake(node, constructor.ContainingType, models) && Arguments(models.OperationOf(node), constructor) is { IsDefault: false } arguments)
            {
                calls.Add(arguments);
            }
        }

        return calls.ToImmutable();
    }

    /// <summary>Whether a call may be of a class's constructor. Another class of the same name is told by the scope, before the body around is bound.</summary>
    private static bool MayMake(SyntaxNode call, INamedTypeSymbol type, SourceModels models)
        => call is not ObjectCreationExpressionSyntax { Type: SimpleNameSyntax name }
            || models.ModelOf(call.SyntaxTree).LookupNamespacesAndTypes(call.SpanStart, name: name.Identifier.ValueText) is not [INamedTypeSymbol named]
            || SymbolEqualityComparer.Default.Equals(named.OriginalDefinition, type.OriginalDefinition);

    private static ImmutableArray<IArgumentOperation> Arguments(IOperation? call, IMethodSymbol constructor)
    {
        var (called, arguments) = call switch
        {
            IObjectCreationOperation creation => (creation.Constructor, creation.Arguments),
            IInvocationOperation invocation => (invocation.TargetMethod, invocation.Arguments),
            _ => (null, default),
        };
        return SymbolEqualityComparer.Default.Equals(called?.OriginalDefinition, constructor) ? arguments : default;
    }
}
