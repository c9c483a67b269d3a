using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;
using Precision.Generator.Rules;
using Precision.Generator.Rules.Numerics;

namespace Precision.CodeFixes.Numerics;

/// <summary>PRC1007: replaces a number outside the range by the end of the range, <c>torch.finfo(x.dtype).min</c>; in sums, casts to float32.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class UseLimitCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.ConstantOutOfRange];

    private protected override string Title => "Stay inside the range";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        foreach (var operand in diagnostic.Operands(node).OfType<ExpressionSyntax>())
        {
            if (diagnostic.IsOfMember())
            {
                if (diagnostic.CanBeFixed())
                {
                    FullPrecisionMarks.Add(edits, operand, model, token);
                    Casts.AddBack(edits, diagnostic, node, model);
                }
            }
            else if (model.GetTypeInfo(operand, token).Type is { Name: "Tensor" or "Parameter" })
            {
                if (diagnostic.CanBeFixed())
                {
                    Casts.Add(edits, operand, model);
                    Casts.AddBack(edits, diagnostic, node, model);
                }
            }
            else if (diagnostic.Properties.TryGetValue(FixProperties.Dtype, out var dtype) && dtype is not null)
            {
                var invocation = operand.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax call }
                    ? model.GetOperation(call, token) as IInvocationOperation
                    : null;
                var limit = TorchNames.Limit(
                    model,
                    operand.SpanStart,
                    (invocation is null ? null : DtypeOf(invocation)) ?? TorchNames.ScalarType(model, operand.SpanStart, dtype),
                    IsNegative(operand, model, token) ? "min" : "max");
                Leftovers.Exchange(edits, operand, limit, model, token);
            }
        }
    }

    /// <summary><c>x.dtype</c>, where the call is on a variable and its result has that variable's dtype; null elsewhere.</summary>
    private static ExpressionSyntax? DtypeOf(IInvocationOperation invocation)
    {
        var names = invocation.Arguments.Any(static argument => argument is { ArgumentKind: ArgumentKind.Explicit, Parameter.Name: "dtype" });
        var receiver = (invocation.Instance ?? invocation.Arguments.FirstOrDefault(static argument => argument.Parameter is { Name: "input", Ordinal: 0 })?.Value)
            ?.WithoutConversions();
        return !names && receiver is ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation }
            ? SyntaxFactory.ParseExpression($"{receiver.Syntax.WithoutTrivia()}.dtype")
            : null;
    }

    private static bool IsNegative(ExpressionSyntax operand, SemanticModel model, CancellationToken token)
        => model.GetConstantValue(operand, token) is { HasValue: true, Value: IConvertible number }
            ? number.ToDouble(null) < 0
            : operand is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "min" }
                or PrefixUnaryExpressionSyntax { Operand: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "max" } };
}
