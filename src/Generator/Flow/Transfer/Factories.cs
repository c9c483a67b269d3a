using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Transfer;

/// <summary>Members that make tensors, and members that hand on the tensor that they are given.</summary>
internal static class Factories
{
    /// <summary>What a factory gives; null where the member is none that is known.</summary>
    public static FlowValue? Call(CallValues call, Numbers numbers)
    {
        var method = call.Method;
        if (!method.ReturnType.IsTensorOrDerived())
        {
            return null;
        }

        switch (Factory.Find(method.Name))
        {
            case { Kind: FactoryKind.Default }:
                return Made(call, numbers.Defaults, RankOf(method));
            case { Kind: FactoryKind.Filled, Numbers: [var filling] }:
                return Made(call, call[filling] is NumberValue { Kinds: var kinds } && kinds.IsOne() ? kinds : Dtypes.Any, RankOf(method));
            case { Kind: FactoryKind.Range }:
                var kind = call.Numbers().Aggregate(Dtypes.None, static (union, number) => union | number.Kinds);
                return Made(call, kind.AreAllIn(Dtypes.Integral) ? Dtypes.Int64 : kind.IsOne() ? kind : Dtypes.Any, Rank.Positive);
            case { Kind: FactoryKind.Int64 }:
                return Made(call, Dtypes.Int64, Rank.Positive);
            case { Kind: FactoryKind.Bool }:
                return new TensorDtype(Dtypes.Bool);
            case { Kind: FactoryKind.Like }:
                return Made(call, call.First.Dtypes, call.First.Rank);
            case { Kind: FactoryKind.New }:
                return Made(call, call.First.Dtypes, RankOf(method));
            case { Kind: FactoryKind.Data }:
                return OfData(call);
            case { Kind: FactoryKind.Same }:
                return call.First;
            default:
                return null;
        }
    }

    /// <summary>The dtype of a tensor made of numbers of a C# type; every dtype for other types.</summary>
    public static Dtypes DtypeOf(ITypeSymbol type) => type.SpecialType switch
    {
        SpecialType.System_Boolean => Dtypes.Bool,
        SpecialType.System_Byte => Dtypes.Byte,
        SpecialType.System_SByte => Dtypes.Int8,
        SpecialType.System_Int16 => Dtypes.Int16,
        SpecialType.System_Int32 => Dtypes.Int32,
        SpecialType.System_Int64 => Dtypes.Int64,
        SpecialType.System_Single => Dtypes.Float32,
        SpecialType.System_Double => Dtypes.Float64,
        _ => type.Name switch
        {
            "Half" => Dtypes.Float16,
            "BFloat16" => Dtypes.BFloat16,
            _ => Dtypes.Any,
        },
    };

    /// <summary>The dtype of a tensor made of a <c>Scalar</c>.</summary>
    public static Dtypes DtypeOf(NumberValue? number) => number?.Kinds is { } kinds && kinds.IsOne() ? kinds : Dtypes.Any;

    /// <summary>What libtorch takes a number of a C# type for; null for other types.</summary>
    public static NumberValue? KindOf(ITypeSymbol type, Numbers numbers) => DtypeOf(type) switch
    {
        Dtypes.Bool => Numbers.BoolOrInteger,
        Dtypes.Any => null,
        var dtype when dtype.Overlaps(Dtypes.Integer) => Numbers.Integer,
        _ => numbers.Floating,
    };

    private static TensorDtype Made(CallValues call, Dtypes inferred, Rank rank)
        => call.NamedDtype("dtype") is { } named
            ? new(named, rank, new DtypeOrigin(call.Invocation.Syntax, "created by", call.Method.Name))
            : new(inferred, rank);

    private static TensorDtype OfData(CallValues call)
    {
        var data = call.Method.Parameters[0].Type;
        var (element, rank) = data switch
        {
            IArrayTypeSymbol array => (array.ElementType, Rank.Positive),
            INamedTypeSymbol { TypeArguments: [var argument] } => (argument, Rank.Positive),
            _ => (data, Rank.Zero),
        };
        if (data.Name == "Array")
        {
            // The static type of what was passed.
            (element, rank) = (call.Invocation.Arguments[0].Value.WithoutConversions().Type as IArrayTypeSymbol)?.ElementType is { } known
                ? (known, Rank.Positive)
                : (data, Rank.Unknown);
        }

        return data.IsTensorOrDerived()
            ? Made(call, call.First.Dtypes, call.First.Rank)
            : Made(call, element.Name == "Scalar" ? DtypeOf(call.Numbers().FirstOrDefault()) : DtypeOf(element), rank);
    }

    /// <summary>A list of sizes may be empty; sizes one by one are dimensions.</summary>
    private static Rank RankOf(IMethodSymbol method)
        => method.Parameters.Any(static parameter => parameter.Type.SpecialType is SpecialType.System_Int64 or SpecialType.System_Int32)
            ? Rank.Positive
            : Rank.Unknown;
}
