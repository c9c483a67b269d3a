using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>The calls of a module in the compilation, wherever its class is named.</summary>
internal static class CallSites
{
    /// <summary>Whether one of them certainly hands integers or flags to a parameter of the class's forward.</summary>
    public static bool GiveIntegers(INamedTypeSymbol type, int ordinal, FlowContext context, CancellationToken token)
    {
        foreach (var tree in context.Compilation.SyntaxTrees)
        {
            if (tree.GetText(token).ToString().IndexOf(type.Name, StringComparison.Ordinal) < 0)
            {
                continue;
            }

            var model = context.ModelOf(tree);
            foreach (var call in tree.GetRoot(token).DescendantNodes().OfType<InvocationExpressionSyntax>())
            {
                if (call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: OperationTable.Forward or OperationTable.Call, Expression: not (ThisExpressionSyntax or BaseExpressionSyntax) and var module }
                    && SymbolEqualityComparer.Default.Equals(model.GetTypeInfo(module, token).Type?.OriginalDefinition, type)
                    && model.GetOperation(call, token) is IInvocationOperation invocation
                    && IsInteger(invocation, ordinal, model, context, token))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsInteger(IInvocationOperation invocation, int ordinal, SemanticModel model, FlowContext context, CancellationToken token)
    {
        var root = invocation.Root();
        var owner = model.GetEnclosingSymbol(invocation.Syntax.SpanStart, token);
        while (owner is IMethodSymbol { MethodKind: MethodKind.LambdaMethod or MethodKind.LocalFunction })
        {
            owner = owner.ContainingSymbol;
        }

        return owner?.ContainingType is not null
            && invocation.Arguments.FirstOrDefault(argument => argument.Parameter?.Ordinal == ordinal) is { Value: var value }
            && DtypeFlow.Analyze(context.BodyOf(root, token), owner, context, token).Of(value).Values.Any(static fact => fact.Dtype.Dtypes.AreAllIn(Dtypes.Integral));
    }
}
