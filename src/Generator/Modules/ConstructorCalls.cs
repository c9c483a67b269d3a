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
        foreach (var tree in compilation.SyntaxTrees)
        {
            // Who calls it names its class, nearly always in the same file.
            if (tree.GetText(models.Token).ToString().IndexOf(name, StringComparison.Ordinal) < 0)
            {
                continue;
            }

            foreach (var node in tree.GetRoot(models.Token).DescendantNodes())
            {
                if (MayCall(node, name) && Arguments(models.OperationOf(node), constructor) is { IsDefault: false } arguments)
                {
                    calls.Add(arguments);
                }
            }
        }

        return calls.ToImmutable();
    }

    private static bool MayCall(SyntaxNode node, string name) => node switch
    {
        ObjectCreationExpressionSyntax { Type: SimpleNameSyntax type } => type.Identifier.ValueText == name,
        ObjectCreationExpressionSyntax { Type: QualifiedNameSyntax { Right: var type } } => type.Identifier.ValueText == name,
        ImplicitObjectCreationExpressionSyntax or ConstructorInitializerSyntax or PrimaryConstructorBaseTypeSyntax => true,
        _ => false,
    };

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
