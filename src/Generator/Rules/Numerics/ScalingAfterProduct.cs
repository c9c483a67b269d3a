using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1013: a Float16 product, of queries and keys most often, is made smaller when it may be infinite already. Autocast computes it in
/// Float16 too. BFloat16 has float32's range and is no matter of this rule.
/// </summary>
internal sealed class ScalingAfterProduct : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.ScalingAfterProduct,
        title: "Product may overflow before it is scaled",
        messageFormat: "'{0}' scales the result of '{1}' in Float16{2}{3}: the product overflows above 65504 before it is scaled; scale an operand first",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Attention divides the product of queries and keys by the square root of the head size. In Float16, a product above 65504 is already infinite. Scale the queries first.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.ScalingAfterProduct));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => operation.Has(OperationTraits.Multiplication | OperationTraits.Division);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        var isDivision = context.Row!.Has(OperationTraits.Division);
        var (left, right) = Sides(context.Operation);
        if (left is null || right is null)
        {
            return;
        }

        var factors = new ScaleFactors(context.Flows, context.Flow, context.CancellationToken);
        foreach (var (scaled, factor) in isDivision ? [(left, right)] : new[] { (left, right), (right, left) })
        {
            if (scaled.WithoutConversions().Type?.IsTensorOrDerived() == true
                && factors.MakeSmaller(factor, isDivision)
                && new Products(context.Flows, context.CancellationToken).Of(scaled) is { } product
                && context.Flow.Of(product.Call).In(Dtypes.Float16) is { } finding)
            {
                var terms = product.Added is { } added ? new[] { product.Factor, added } : [product.Factor];
                context.ReportMoving(
                    MovedScale.CanMove(context.Operation, scaled, product, factor) ? [scaled, factor, .. terms] : [],
                    Rule,
                    finding,
                    severity: null,
                    back: null,
                    form: null,
                    context.Name,
                    product.Call.TargetMethod.Name,
                    finding.Where,
                    context.OriginText(finding.Origin));
                return;
            }
        }
    }

    private static (IOperation? Left, IOperation? Right) Sides(IOperation operation) => operation switch
    {
        IBinaryOperation binary => (binary.LeftOperand, binary.RightOperand),
        ICompoundAssignmentOperation assignment => (assignment.Target, assignment.Value),
        IInvocationOperation { Instance: { } instance, Arguments: [var argument, ..] } => (instance, argument.Value),
        IInvocationOperation { Arguments: [var first, var second, ..] } => (first.Value, second.Value),
        _ => (null, null),
    };
}
