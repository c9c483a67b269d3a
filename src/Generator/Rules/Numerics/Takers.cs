using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// Whether a tensor comes to something that takes one dtype only, so that another one would end the program: a product without autocast or
/// <c>lerp</c> with an operand of which nothing is known, a layer, the element of a tensor that is assigned. Where all operands are known, PRC1009
/// tells of them. The tensor is followed through what promotes, and through local variables.
/// </summary>
/// <param name="region">The region around it.</param>
/// <param name="flow">The dtypes around it.</param>
internal sealed class Takers(RegionKind region, DtypeFlow flow)
{
    private readonly HashSet<ILocalSymbol> followed = new(SymbolEqualityComparer.Default);

    public bool Reach(IOperation tensor)
    {
        var (current, parent) = (tensor, tensor.Parent);
        while (true)
        {
            switch (parent)
            {
                case IConversionOperation or IArgumentOperation or IParenthesizedOperation or IConditionalOperation or ICoalesceOperation
                    or IArrayInitializerOperation or IArrayCreationOperation or ICollectionExpressionOperation:
                    break;
                case IBinaryOperation { OperatorMethod: { } method } when method.IsTorchSharps() && MayBe16Bit(parent):
                    break;
                case IInvocationOperation call:
                    if (Takes(call) is { } takes)
                    {
                        return takes;
                    }

                    break;
                case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var declared } }:
                    return ReachFrom(declared, parent);
                case ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var assigned }, Value: var value } when value == current:
                    return ReachFrom(assigned, parent);
                case ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property.IsIndexer: true, Instance.Type: { } type }, Value: var value } when value == current:
                    return type.IsTensorOrDerived();
                default:
                    return false;
            }

            (current, parent) = (parent, parent.Parent);
        }
    }

    /// <summary>Whether a call takes one dtype only; null where its result has the dtype that it is given, or a wider one.</summary>
    private bool? Takes(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        var isLayer = method.Name is OperationTable.Call or OperationTable.Forward;
        if (!method.IsTorchSharps() || isLayer)
        {
            return region is not RegionKind.Autocast && (isLayer || method.ContainingNamespace?.IsSystems() != true);
        }

        if (OperationTable.Find(method, call.Instance?.Type) is not { } row)
        {
            return method.Name.EndsWith("_like", StringComparison.Ordinal) && MayBe16Bit(call) ? null : false;
        }

        // All operands of it may become float32 together, where all are known.
        var isProduct = row.Has(OperationTraits.MatrixProduct | OperationTraits.Convolution | OperationTraits.Attention) && region is not RegionKind.Autocast;
        return (isProduct || row.Has(OperationTraits.NoMixedDtypes)) && Operands(call).Any(IsOpen) ? true
            : row.Has(OperationTraits.InPlace) || Casts.TakesAnyDtype(method.Name) || !MayBe16Bit(call) ? false
            : null;
    }

    private bool MayBe16Bit(IOperation operation) => flow.Of(operation).Possible.Overlaps(Dtypes.SixteenBit);

    private bool IsOpen(IOperation operand) => operand.Type?.IsTensorOrDerived() == true && flow.Of(operand).Known is Dtypes.None;

    private static IEnumerable<IOperation> Operands(IInvocationOperation call)
        => call.Arguments.Select(static argument => argument.Value).Concat(call.Instance is { } instance ? [instance] : [])
            .SelectMany(static value => value.WithoutConversions() switch
            {
                IArrayCreationOperation { Initializer.ElementValues: var elements } => elements,
                ICollectionExpressionOperation { Elements: var elements } => elements,
                var single => [single],
            });

    private bool ReachFrom(ILocalSymbol local, IOperation place)
        => followed.Add(local)
            && place.Root().Descendants().Any(operation
                => operation is ILocalReferenceOperation { Local: var named } && SymbolEqualityComparer.Default.Equals(named, local) && Reach(operation));
}
