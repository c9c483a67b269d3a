using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Rules;
using Precision.Generator.Rules.Numerics;

namespace Precision.CodeFixes.Numerics;

/// <summary>
/// PRC1001, PRC1002, PRC1003, PRC1004, PRC1005, PRC1008, PRC1009: lets an operation compute in float32, by its dtype argument where it has
/// one, else by casting its 16-bit operands.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ComputeInFloat32CodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
    [
        RuleIdentifiers.SoftmaxIn16Bit,
        RuleIdentifiers.ReductionIn16Bit,
        RuleIdentifiers.OverflowInFloat16,
        RuleIdentifiers.LogarithmIn16Bit,
        RuleIdentifiers.LossIn16Bit,
        RuleIdentifiers.EpsilonVanishes,
        RuleIdentifiers.ProductOfTwoDtypes,
    ];

    private protected override string Title => "Compute in float32";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (!diagnostic.CanBeFixed()
            || node.FirstAncestorOrSelf<ExpressionSyntax>(IsOperation) is not { } expression
            || model.GetOperation(expression, token) is not { } operation
            || (operation as IInvocationOperation)?.TargetMethod.Name.EndsWith("_", StringComparison.Ordinal) == true) // writes into its operand
        {
            return;
        }

        if (operation is IInvocationOperation invocation && DtypeParameter(invocation, diagnostic.Id) is { } parameter)
        {
            NameFloat32(edits, invocation, parameter, model, token);
            Casts.AddBack(edits, diagnostic, node, model);
            return;
        }

        var operands = diagnostic.Operands(node).ToArray();
        if (operands.Length > 0)
        {
            Casts.AddBack(edits, diagnostic, node, model);
        }

        foreach (var operand in operands)
        {
            switch (operand)
            {
                // The receiver of x?.f() has its place there, where the cast would be of something nullable.
                case ExpressionSyntax receiver when receiver.Parent is ConditionalAccessExpressionSyntax access && access.Expression == receiver:
                    if (expression is InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax binding })
                    {
                        Casts.Add(edits, binding, model);
                    }

                    break;
                case ExpressionSyntax other:
                    Casts.Add(edits, other, model);
                    break;
            }
        }
    }

    private static bool IsOperation(ExpressionSyntax expression)
        => expression is InvocationExpressionSyntax or BinaryExpressionSyntax;

    /// <summary>The parameter that says in which dtype to compute; null where the member has none.</summary>
    private static IParameterSymbol? DtypeParameter(IInvocationOperation invocation, string id)
        => id is RuleIdentifiers.ProductOfTwoDtypes ? null
            : Factory(invocation) ?? (OperationTable.Find(invocation.TargetMethod, invocation.Instance?.Type)?.DtypeParameter is { } name
                ? invocation.TargetMethod.Parameters.FirstOrDefault(parameter => parameter.Name == name && IsScalarType(parameter.Type))
                : null);

    /// <summary>Of a factory that was told its dtype, that parameter.</summary>
    private static IParameterSymbol? Factory(IInvocationOperation invocation)
        => invocation.Arguments.FirstOrDefault(static argument => argument.ArgumentKind is ArgumentKind.Explicit
            && argument.Parameter is { Name: "dtype" } parameter && IsScalarType(parameter.Type))?.Parameter;

    private static bool IsScalarType(ITypeSymbol type)
        => type.Name == "ScalarType" || type is INamedTypeSymbol { TypeArguments: [{ Name: "ScalarType" }] };

    private static void NameFloat32(NodeEdits edits, IInvocationOperation invocation, IParameterSymbol parameter, SemanticModel model, CancellationToken token)
    {
        if (invocation.Syntax is not InvocationExpressionSyntax { ArgumentList: var list })
        {
            return;
        }

        var float32 = TorchNames.Float32(model, list.SpanStart);
        if (invocation.Arguments.FirstOrDefault(argument => SymbolEqualityComparer.Default.Equals(argument.Parameter, parameter))
            is { ArgumentKind: ArgumentKind.Explicit, Syntax: ArgumentSyntax { Expression: var given } })
        {
            Leftovers.Exchange(edits, given, float32, model, token);
            return;
        }

        edits.Replace(list, list => NamedArguments.Add(list, parameter.Name, float32));
    }
}
