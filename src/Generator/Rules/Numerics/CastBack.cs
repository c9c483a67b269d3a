using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// Where a fix casts back to 16-bit, and to which dtype. In a class without autocast nothing casts the next operation's operands, so a result that
/// a fix makes float32 would meet 16-bit tensors. In other code it may go on in float32, unless it comes to something that takes one dtype only
/// (<see cref="Takers"/>). The cast stands behind every operation of the same expression that takes either dtype.
/// </summary>
/// <param name="Place">The expression to cast.</param>
/// <param name="Dtype">The dtype by name, <c>BFloat16</c>, or a variable's, <c>x.dtype</c>; null where nothing there names it: then no fix keeps the program running.</param>
internal sealed record CastBack(IOperation Place, string? Dtype)
{
    /// <summary>The cast that a fix of an operation needs; null where it needs none.</summary>
    /// <param name="operation">What the fix computes in float32.</param>
    /// <param name="flow">The dtypes around it.</param>
    public static CastBack? Of(IOperation operation, DtypeFlow flow)
    {
        var region = flow.RegionAt(operation);
        if (operation.Type?.IsTensorOrDerived() != true
            || ((region.Kind is not RegionKind.TrueSixteenBit || IsScalar(operation)) && !new Takers(region.Kind, flow).Reach(operation)))
        {
            return null;
        }

        // A product of two dtypes has no result as it stands: it is to have the class's dtype.
        var own = flow.Of(operation).Possible;
        var dtypes = own.AreAllIn(Dtypes.SixteenBit) ? own : IsProduct(operation) ? region.Dtypes : Dtypes.None;
        if (dtypes is Dtypes.None)
        {
            // Of two dtypes that do not go together nothing runs on before the fix.
            return region.Kind is not RegionKind.TrueSixteenBit && !IsProduct(operation) && !Has(operation, OperationTraits.NoMixedDtypes) && own is not Dtypes.Any && own.Overlaps(Dtypes.SixteenBit) ? new(operation, null) : null;
        }

        var place = operation;
        for (var current = operation; ;)
        {
            var parent = current.Parent is IArgumentOperation argument ? argument.Parent : current.Parent;
            if (parent is IInvocationOperation { TargetMethod: { Name: var name } method } && method.IsTorchSharps() && Casts.TakesAnyDtype(name))
            {
                return null;
            }

            if (parent is null || !TakesEither(parent) || flow.Of(parent).Possible != dtypes)
            {
                break;
            }

            current = parent;
            place = IsLayout(parent) ? place : parent;
        }

        return new(place, Name(operation, dtypes, flow));
    }

    private static bool IsProduct(IOperation operation) => Has(operation, OperationTraits.MatrixProduct | OperationTraits.Convolution | OperationTraits.Attention);

    private static bool Has(IOperation operation, OperationTraits traits)
        => operation is IInvocationOperation call && OperationTable.Find(call.TargetMethod, call.Instance?.Type)?.Has(traits) == true;

    /// <summary>A loss, or a reduction of all elements to one: it meets other tensors in promotion only, where it does not count.</summary>
    private static bool IsScalar(IOperation operation)
        => operation is IInvocationOperation call
            && OperationTable.Find(call.TargetMethod, call.Instance?.Type) is { } row
            && (row.Has(OperationTraits.Loss)
                || (row.Has(OperationTraits.Reduction) && !row.Has(OperationTraits.MatrixProduct)
                    && !call.TargetMethod.Parameters.Any(static parameter => parameter.Name.StartsWith("dim", StringComparison.Ordinal))));

    /// <summary>Whether an operation runs when one of its operands becomes float32: it promotes, or has no other.</summary>
    private static bool TakesEither(IOperation operation) => operation switch
    {
        IBinaryOperation { OperatorMethod: { } method } => method.IsTorchSharps(),
        IInvocationOperation { TargetMethod: var method } call => method.IsTorchSharps()
            && OperationTable.Find(method, call.Instance?.Type) is { Member: not OperationTable.Forward } row
            && !row.Has(OperationTraits.InPlace)
            && method.Parameters.Count(static parameter => MayHoldTensors(parameter.Type)) + (call.Instance is null ? 0 : 1) == 1,
        _ => false,
    };

    /// <summary>Whether a parameter takes tensors in one form or another; numbers, shapes, dtypes and names do not.</summary>
    private static bool MayHoldTensors(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => MayHoldTensors(array.ElementType),
        INamedTypeSymbol { TypeArguments: [_, ..] arguments } => arguments.Any(MayHoldTensors),
        _ => type.IsTensorOrDerived() || type.Name is "TensorIndex",
    };

    private static bool IsLayout(IOperation operation)
        => operation is IInvocationOperation call && OperationTable.Find(call.TargetMethod)?.Has(OperationTraits.Layout) == true;

    /// <summary>How to write the dtype: by name where it is one, else as that of a variable that the operation reads.</summary>
    private static string? Name(IOperation operation, Dtypes dtypes, DtypeFlow flow)
        => dtypes.IsOne()
            ? dtypes.ToText()
            : operation.Descendants().FirstOrDefault(descendant =>
                descendant is ILocalReferenceOperation or IParameterReferenceOperation
                && descendant.Type?.IsTensorOrDerived() == true
                && flow.Of(descendant) is var fact && flow.Of(operation).Values.Zip(fact.Values, static (a, b) => a.Dtype.IsKnown && a.Dtype.Dtypes == b.Dtype.Dtypes).All(static same => same)) is { } variable
                ? variable.Syntax + ".dtype"
                : null;
}
