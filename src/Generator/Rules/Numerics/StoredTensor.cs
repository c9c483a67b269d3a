using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>A tensor in a field or property of a module, a buffer mostly, which the storage of a model makes 16-bit.</summary>
internal static class StoredTensor
{
    /// <summary>How the names of statistics begin, which stay float32 (docs/master-weights.md).</summary>
    private const string Statistics = "running_";

    /// <summary>Where a member is or may be stored in 16-bit; null where an expression is no such member.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="context">The operation around it.</param>
    /// <param name="isParameterToo">Whether parameters count, which training changes.</param>
    public static Finding? Find(IOperation expression, OperationContext context, bool isParameterToo = false)
        => expression is IMemberReferenceOperation { Instance: IInstanceReferenceOperation, Member: IFieldSymbol or IPropertySymbol, Type: { } type } reference
            && (isParameterToo ? type.IsTensorOrDerived() : type.IsTensor())
            && reference.Member.FindFullPrecision() is null
            && !reference.Member.Name.TrimStart('_').StartsWith(Statistics, StringComparison.Ordinal)
                ? context.Flow.Of(expression).Where(static value => value.Dtypes.AreAllIn(Dtypes.SixteenBit | Dtypes.Float32) && value.Dtypes.Overlaps(Dtypes.SixteenBit))
                : null;
}
