using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>Members of TorchSharp that convert a number to the dtype of their result and keep or compare it there.</summary>
internal static class StoredConstants
{
    /// <summary>The factories among them; the others have rows in the table.</summary>
    public static IEnumerable<string> Factories => Factory.WithNumbers;

    /// <summary>Whether a row is one of them.</summary>
    public static bool Contains(Operation row) => !row.Numbers.IsEmpty;

    /// <summary>The parameters of a call that take such numbers; none where its member is none of them.</summary>
    public static ImmutableArray<string> Parameters(OperationContext context)
        => context.Row is { } row ? row.Numbers : Factory.Find(context.Method.Name)?.Numbers ?? [];

    /// <summary>
    /// Whether libtorch converts the number without asking whether it fits, which makes it infinite; else it throws.
    /// </summary>
    public static bool AreUnchecked(OperationContext context)
        => context.Operation is ISimpleAssignmentOperation
            || (context.Row is { } row ? row.Has(OperationTraits.Selection) : Factory.Find(context.Method.Name) is { Kind: FactoryKind.Data });

    /// <summary>
    /// The value whose dtype the numbers take: the result, or in a selection the other side, since a condition says nothing.
    /// </summary>
    public static IOperation Target(OperationContext context)
        => context.Operation is ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Instance: { } tensor } } ? tensor
            : context.Row is { Numbers: var sides } row
            && row.Has(OperationTraits.Selection)
            && sides.Select(context.Argument).Append(context.Invocation?.Instance)
                .FirstOrDefault(side => side?.WithoutConversions() is { Type: { } type } tensor && type.IsTensorOrDerived()
                    && !(tensor is IInvocationOperation call && Factory.NumberOfOne(call) is not null)) is { } side
                    ? side
                    : context.Operation;

    /// <summary>The numbers of a call, where they are constant and finite.</summary>
    public static IEnumerable<Constant> Of(OperationContext context)
        => from operand in context.Operation is ISimpleAssignmentOperation { Value: var assigned } ? [assigned] : Parameters(context).Select(context.Argument)
           from constant in Constants.All(operand, context)
           where !double.IsInfinity(constant.Number) && !double.IsNaN(constant.Number)
           select constant;
}
