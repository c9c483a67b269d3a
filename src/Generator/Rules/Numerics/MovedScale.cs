using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>Whether a factor behind a product can be written at the product's first operand, and at what is added to it, instead, and the program computes the same.</summary>
internal static class MovedScale
{
    /// <param name="scaling">The operation that scales.</param>
    /// <param name="scaled">Its operand that stands for the product.</param>
    /// <param name="product">The product.</param>
    /// <param name="factor">Its other operand.</param>
    public static bool CanMove(IOperation scaling, IOperation scaled, Product product, IOperation factor)
        => (product.IsAlone || product.Added is not null)
            && IsNumber(factor)
            && !NamesRounding(scaling)
            && IsPlain(scaling)
            && (scaling.Syntax.Span.Contains(product.Call.Syntax.Span)
                || (Products.VariableIn(scaled) is { } variable && CanMoveUp(scaling, variable, product, factor)));

    /// <summary>
    /// The product is in a variable, which a statement of the same block sets: nothing else may read it before it is scaled, or after that
    /// where it keeps the product, and the factor has to be there already.
    /// </summary>
    private static bool CanMoveUp(IOperation scaling, ILocalReferenceOperation variable, Product product, IOperation factor)
    {
        if (Definitions.Of(variable) is not { } value
            || !value.Syntax.Span.Contains(product.Call.Syntax.Span)
            || Statement(value) is not { } start
            || Statement(scaling) is not { } end
            || start.Parent != end.Parent)
        {
            return false;
        }

        var from = start.Syntax.SpanStart;
        var isReplaced = IsInPlace(scaling)
            || (scaling.Parent is ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var set }, Parent: IExpressionStatementOperation }
                && SymbolEqualityComparer.Default.Equals(set, variable.Local));
        var reads = variable.Root().Descendants().OfType<ILocalReferenceOperation>()
            .Where(read => SymbolEqualityComparer.Default.Equals(read.Local, variable.Local) && !IsTarget(read, scaling))
            .Where(read => read.Syntax.SpanStart > from && (!isReplaced || read.Syntax.SpanStart < end.Syntax.Span.End));
        return reads.All(read => read.Syntax == variable.Syntax || (!isReplaced && Definitions.Of(read) is { } other && other != value))
            && factor.DescendantsAndSelf().OfType<ILocalReferenceOperation>().All(read => IsSetBefore(read, from));
    }

    /// <summary>Whether what a variable holds was set before a place.</summary>
    private static bool IsSetBefore(ILocalReferenceOperation read, int place)
        => read.Local.DeclaringSyntaxReferences is [var declared] && declared.Span.End < place
            && Definitions.Of(read) is { } value && value.Syntax.SpanStart < place;

    /// <summary>The target of the assignment around it, or of a compound one, reads nothing that stays.</summary>
    private static bool IsTarget(ILocalReferenceOperation read, IOperation scaling)
        => (read.Parent is ISimpleAssignmentOperation assignment && assignment.Target == read) || (read.Parent == scaling && scaling is ICompoundAssignmentOperation);

    private static bool IsInPlace(IOperation scaling)
        => scaling is ICompoundAssignmentOperation
            || (scaling is IInvocationOperation call && OperationTable.Find(call.TargetMethod)?.Has(OperationTraits.InPlace) == true);

    /// <summary>A number, whose place does not matter; of tensors the shapes would.</summary>
    private static bool IsNumber(IOperation factor)
    {
        var operation = factor.WithoutConversions();
        return operation.Type?.IsTensorOrDerived() != true && !operation.DescendantsAndSelf().Any(ChangesSomething);
    }

    /// <summary>Whether it matters when a part of the factor runs; of other methods than these, nobody knows.</summary>
    private static bool ChangesSomething(IOperation part) => part
        is IInvocationOperation { TargetMethod.ContainingType.Name: not ("Math" or "MathF" or "Tensor") }
        or IAssignmentOperation or IIncrementOrDecrementOperation or IAwaitOperation;

    /// <summary>Not <c>x?.div(s)</c>, and nothing in place whose result goes on.</summary>
    private static bool IsPlain(IOperation scaling)
        => scaling.Syntax is not InvocationExpressionSyntax { Expression: MemberBindingExpressionSyntax }
            && (!IsInPlace(scaling) || scaling.Parent is IExpressionStatementOperation || scaling is IInvocationOperation);

    private static bool NamesRounding(IOperation scaling)
        => scaling is IInvocationOperation call
            && call.Arguments.Any(static argument => argument is { ArgumentKind: ArgumentKind.Explicit, Parameter.Name: "rounding_mode" });

    private static IOperation? Statement(IOperation operation)
    {
        var current = operation;
        while (current.Parent is { } parent and not IBlockOperation)
        {
            current = parent;
        }

        return current.Parent is null ? null : current;
    }
}
