using Microsoft.CodeAnalysis;
using Precision.Generator.Operations;

namespace Precision.Generator.Flow;

/// <summary>What operations of the table give: by autocast's policy where a region is open, and by libtorch's own rules.</summary>
internal sealed class TableTransfer(FlowContext context, Scenario scenario, Members members)
{
    /// <summary>What autocast casts: not float64, and no integers.</summary>
    private const Dtypes Eligible = Dtypes.SixteenBit | Dtypes.Float32;

    private const OperationTraits Products = OperationTraits.MatrixProduct | OperationTraits.Convolution | OperationTraits.Attention;

    /// <summary>A member's result.</summary>
    public FlowValue? Call(Operation operation, CallValues call, FlowRegion region)
    {
        var operands = call.Tensors().Select(static pair => new Promotion.Operand(pair.Tensor)).ToList();
        var rank = Ranks.Of(operation, call);
        TensorDtype result;
        if (operation.DtypeParameter is { } parameter && call.NamedDtype(parameter) is { } named)
        {
            result = new TensorDtype(named, rank, new DtypeOrigin(call.Invocation.Syntax, $"asked for by '{parameter}'"));
        }
        else
        {
            if (operation.Member == OperationTable.Forward && (operation.Has(Products) || operation.Result is ResultDtype.Weight))
            {
                var weights = new Promotion.Operand(WeightsOf(call.Invocation.Instance, region), Rank.Positive);
                operands.Insert(operation.Result is ResultDtype.Weight ? 0 : operands.Count, weights);
            }

            operands.AddRange(call.Numbers().Select(static number => new Promotion.Operand(number.Kinds, Rank.Zero, IsNumber: true)));
            result = Result(operation, operands, region, rank, call.Invocation, call.Tensors().Select(static pair => pair.Tensor.Origin));
        }

        return Shape(operation, call.Method.ReturnType, result);
    }

    /// <summary>An operator's result.</summary>
    public FlowValue? Operator(Operation operation, IOperation expression, FlowValue? left, FlowValue? right, FlowRegion region)
    {
        var operands = new List<Promotion.Operand>(2);
        var origins = new List<DtypeOrigin?>(2);
        foreach (var value in new[] { left, right })
        {
            switch (value)
            {
                case TensorDtype tensor:
                    operands.Add(new(tensor));
                    origins.Add(tensor.Origin);
                    break;
                case NumberValue number:
                    operands.Add(new(number.Kinds, Rank.Zero, IsNumber: true));
                    break;
                default:
                    operands.Add(new(Numbers.Unknown.Kinds, Rank.Zero, IsNumber: true));
                    break;
            }
        }

        return Result(operation, operands, region, Ranks.OfPointwise(operands), expression, origins);
    }

    private TensorDtype Result(
        Operation operation,
        List<Promotion.Operand> operands,
        FlowRegion region,
        Rank rank,
        IOperation expression,
        IEnumerable<DtypeOrigin?> origins)
    {
        var dtypes = region.MayBeOff ? Natural(operation, operands) : Dtypes.None;
        foreach (var dtype in region.MayBe.Each())
        {
            dtypes |= InRegion(operation, PolicyOf(operation), operands, dtype);
        }

        if (!dtypes.Overlaps(Dtypes.SixteenBit))
        {
            return new TensorDtype(dtypes, rank);
        }

        // A 16-bit result of 16-bit inputs is 16-bit for their reason; of other inputs, for the region's.
        var origin = operands.Any(static operand => !operand.IsNumber && operand.Dtypes.AreAllIn(Dtypes.SixteenBit))
            ? origins.FirstOrDefault(static origin => origin is not null)
            : null;
        return new TensorDtype(dtypes, rank, origin ?? new DtypeOrigin(expression.Syntax, $"result of '{Name(operation)}'"));
    }

    /// <summary>
    /// The weights of a module that computes products. In a region they are what autocast casts, since others would not fit to
    /// 16-bit inputs; in true 16-bit they have the compute dtype, as everything has.
    /// </summary>
    private Dtypes WeightsOf(IOperation? module, FlowRegion region)
        => members.WeightsOf(module) is var known and not Dtypes.Any ? known
            : region.MayBeOff ? Dtypes.Any
            : Eligible;

    /// <summary>The policy on the scenario's device.</summary>
    private AutocastPolicy PolicyOf(Operation operation)
        => operation.IsPinned && !context.AreCallsIntercepted ? AutocastPolicy.Unlisted
            : scenario.Devices is Devices.Cpu ? operation.Cpu
            : operation.Cuda;

    /// <summary>What a region of one dtype makes of an operation.</summary>
    private static Dtypes InRegion(Operation operation, AutocastPolicy policy, List<Promotion.Operand> operands, Dtypes dtype)
    {
        switch (policy)
        {
            case AutocastPolicy.LowerPrecision:
                return Natural(operation, Cast(operands, dtype, Eligible));
            case AutocastPolicy.Float32 or AutocastPolicy.Float32DefaultDtype or AutocastPolicy.Float32AppendDtype:
                return Natural(operation, Cast(operands, Dtypes.Float32, Dtypes.SixteenBit));
            case AutocastPolicy.Promote:
                var tensors = operands.Where(static operand => !operand.IsNumber).ToList();
                return (tensors.All(static tensor => !tensor.Dtypes.AreAllIn(Dtypes.Float32)) ? Natural(operation, Cast(operands, dtype, Eligible)) : Dtypes.None)
                    | (tensors.Any(static tensor => tensor.Dtypes.Overlaps(Dtypes.Float32))
                        ? Natural(operation, Cast(operands, Dtypes.Float32, Eligible))
                        : Dtypes.None);
            case AutocastPolicy.Composite:
                var first = FirstOf(operands);
                return (first.Overlaps(dtype) ? dtype : Dtypes.None)
                    | (first.Overlaps(Eligible & ~dtype) ? Dtypes.Float32 : Dtypes.None)
                    | (first.Overlaps(~Eligible) ? Dtypes.Any : Dtypes.None);
            case AutocastPolicy.Float16:
                return Natural(operation, Cast(operands, Dtypes.Float16, Eligible));
            case AutocastPolicy.Banned:
                return Dtypes.Any;
            default:
                return Natural(operation, operands);
        }
    }

    private static List<Promotion.Operand> Cast(List<Promotion.Operand> operands, Dtypes dtype, Dtypes eligible)
        => operands.ConvertAll(operand => operand.IsNumber || !operand.Dtypes.Overlaps(eligible)
            ? operand
            : operand with { Dtypes = (operand.Dtypes & ~eligible) | dtype });

    /// <summary>What an operation gives where autocast leaves it alone.</summary>
    private static Dtypes Natural(Operation operation, List<Promotion.Operand> operands) => operation.Result switch
    {
        ResultDtype.Bool => Dtypes.Bool,
        ResultDtype.Int64 => Dtypes.Int64,
        ResultDtype.Float64 => Dtypes.Float64 | (FirstOf(operands).Overlaps(Dtypes.Complex) ? Dtypes.ComplexFloat64 : Dtypes.None),
        ResultDtype.Complex => Complex(FirstOf(operands)),
        ResultDtype.Promoted => Integers.Result(operation, Promotion.Of(operands)),
        ResultDtype.Input when operation.Has(OperationTraits.InPlace) => FirstOf(operands),
        ResultDtype.Input when operation.Has(Products)
            => Integers.Result(operation, Common(operands)),
        ResultDtype.Input => Integers.Result(operation, FirstOf(operands)),
        ResultDtype.Weight => FirstOf(operands),
        _ => Dtypes.Any,
    };

    private static Dtypes Complex(Dtypes dtypes)
        => (dtypes & Dtypes.Complex)
            | (dtypes.Overlaps(Dtypes.Float16) ? Dtypes.ComplexFloat16 : Dtypes.None)
            | (dtypes.Overlaps(Dtypes.BFloat16 | Dtypes.Float32 | Dtypes.Integral) ? Dtypes.ComplexFloat32 : Dtypes.None)
            | (dtypes.Overlaps(Dtypes.Float64) ? Dtypes.ComplexFloat64 : Dtypes.None)
            | (dtypes & Dtypes.Other);

    private static Dtypes FirstOf(List<Promotion.Operand> operands)
    {
        foreach (var operand in operands)
        {
            if (!operand.IsNumber)
            {
                return operand.Dtypes;
            }
        }

        return Dtypes.Any;
    }

    /// <summary>Products take operands of one dtype only, so that knowing one is knowing all; of a contradiction nothing is known.</summary>
    private static Dtypes Common(List<Promotion.Operand> operands)
    {
        var common = Dtypes.Any;
        foreach (var operand in operands)
        {
            common &= operand.IsNumber ? Dtypes.Any : operand.Dtypes;
        }

        return common is Dtypes.None ? Dtypes.Any : common;
    }

    /// <summary>The result by the shape of the return type: one tensor, a tuple, a collection.</summary>
    private static FlowValue? Shape(Operation operation, ITypeSymbol type, TensorDtype first) => type switch
    {
        _ when type.IsTensorOrDerived() => first,
        INamedTypeSymbol { IsTupleType: true } tuple => new TupleValue([.. tuple.TupleElements.Select((element, index)
            => !element.Type.IsTensorOrDerived() ? null : index == 0 || IsAlike(operation, element.Name) ? first with { Rank = Rank.Unknown }
                : element.Name.IndexOf("ind", StringComparison.OrdinalIgnoreCase) >= 0 ? new TensorDtype(Dtypes.Int64)
                : (FlowValue?)null)]),
        IArrayTypeSymbol array when array.ElementType.IsTensorOrDerived() => new SequenceValue(first with { Rank = Rank.Unknown }),
        _ => null,
    };

    /// <summary>Whether a further result has the first one's dtype: means beside variances, states beside outputs.</summary>
    private static bool IsAlike(Operation operation, string result)
        => operation.Has(OperationTraits.Recurrent) || result is "mean" or "std" or "var" or "min" or "max";

    private static string Name(Operation operation)
        => operation.Member == OperationTable.Forward ? operation.Type[(operation.Type.LastIndexOf('.') + 1)..]
            : operation.Member.StartsWith("op_", StringComparison.Ordinal) ? operation.Member[3..]
            : operation.Member;
}
