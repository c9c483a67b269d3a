using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Transfer;

/// <summary>What operations of the table give: by autocast's policy where a region is open, and by libtorch's own rules.</summary>
/// <param name="numbers">What libtorch takes C# numbers for.</param>
/// <param name="scenario">Where the code runs.</param>
/// <param name="weightsOf">The dtypes that the weights of a module may have.</param>
/// <param name="assumesRepair">Whether something is known of what products of two dtypes would give, which throw.</param>
internal sealed class TableTransfer(Numbers numbers, Scenario scenario, Func<IOperation?, Dtypes> weightsOf, bool assumesRepair)
{
    /// <summary>What autocast casts: not float64, and no integers.</summary>
    private const Dtypes Eligible = Dtypes.SixteenBit | Dtypes.Float32;

    private const string EquationParameter = "equation";

    private const OperationTraits Products = OperationTraits.MatrixProduct | OperationTraits.Convolution | OperationTraits.Attention;

    /// <summary>The operands of the operation at hand, and the same as autocast casts them. One at a time, so that one list is enough.</summary>
    private readonly List<Promotion.Operand> operands = [];
    private readonly List<Promotion.Operand> casted = [];

    /// <summary>Whether the operation at hand keeps its input's dtype whatever the region says.</summary>
    private bool isPinned;

    /// <summary>Whether the operation at hand multiplies element by element, though its row is that of a matrix product.</summary>
    private bool isPointwise;

    /// <summary>Whether the operation at hand is a product of two dtypes.</summary>
    private bool isRefused;

    /// <summary>Whether an operation would have given something else on another kind of device.</summary>
    public bool DependsOnDevice { get; private set; }

    /// <summary>A member's result.</summary>
    /// <param name="operation">The member's row.</param>
    /// <param name="call">The call.</param>
    /// <param name="region">The region around it.</param>
    /// <param name="isReplaced">Whether a build replaces calls that TorchSharp pins to their input's dtype.</param>
    public FlowValue? Call(Operation operation, CallValues call, FlowRegion region, bool isReplaced)
    {
        isPinned = operation.IsPinned && !isReplaced;
        operands.Clear();
        var origin = call.AddTensorsTo(operands);
        isPointwise = false;
        if (call.Argument(EquationParameter) is { Value: var equation })
        {
            if (Einsum.Contracts(equation, operands.Count) is not { } contracts)
            {
                return new TensorDtype(region.MayBe | (region.MayBeOff ? Dtypes.Any : Eligible));
            }

            isPointwise = !contracts;
        }

        var rank = Ranks.Of(operation, call, operands);
        TensorDtype result;
        if (operation.DtypeParameter is { } parameter && call.NamedDtype(parameter) is { } named)
        {
            result = new TensorDtype(named, rank, new DtypeOrigin(call.Invocation.Syntax, "requested by", parameter));
        }
        else
        {
            if (operation.Member == OperationTable.Forward && (operation.Has(Products) || operation.Result is ResultDtype.Weight))
            {
                var weights = new Promotion.Operand(WeightsOf(call.Invocation.Instance, region), Rank.Positive);
                operands.Insert(operation.Result is ResultDtype.Weight ? 0 : operands.Count, weights);
            }

            call.AddNumbersTo(operands);
            result = Result(operation, region, rank, call.Invocation, origin);
        }

        return Shape(operation, call.Method.ReturnType, result);
    }

    /// <summary>An operator's result.</summary>
    public FlowValue? Operator(Operation operation, IOperation expression, FlowValue? left, FlowValue? right, FlowRegion region)
    {
        if (left is TensorDtype { IsBottom: true } || right is TensorDtype { IsBottom: true })
        {
            return TensorDtype.Bottom; // null has no operators
        }

        (isPinned, isPointwise) = (false, false);
        operands.Clear();
        operands.Add(OperandOf(left));
        operands.Add(OperandOf(right));
        return Result(operation, region, Ranks.OfPointwise(operands), expression, (left as TensorDtype)?.Origin ?? (right as TensorDtype)?.Origin);
    }

    private Promotion.Operand OperandOf(FlowValue? value)
        => value is TensorDtype tensor ? new(tensor) : new(value as NumberValue ?? numbers.Unknown);

    /// <summary>The result of an operation on <see cref="operands"/>.</summary>
    private TensorDtype Result(Operation operation, FlowRegion region, Rank rank, IOperation expression, DtypeOrigin? origin)
    {
        isRefused = false;
        var dtypes = region.MayBeOff ? Natural(operation, operands) : Dtypes.None;
        foreach (var dtype in region.MayBe.Each())
        {
            dtypes |= InRegion(operation, dtype);
        }

        if (!dtypes.Overlaps(Dtypes.SixteenBit))
        {
            return new TensorDtype(dtypes, rank) { IsRefused = isRefused };
        }

        // A 16-bit result of 16-bit inputs is 16-bit for their reason; of other inputs, for the region's.
        return new TensorDtype(dtypes, rank, (Has16Bit() ? origin : null) ?? new DtypeOrigin(expression.Syntax, "result of", operation.Name)) { IsRefused = isRefused };
    }

    private bool Has16Bit()
    {
        foreach (var operand in operands)
        {
            if (!operand.IsNumber && operand.Dtypes.AreAllIn(Dtypes.SixteenBit))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The weights of a module that computes products. In a region they are what autocast casts, since others would not fit to
    /// 16-bit inputs; in true 16-bit they have the compute dtype, as everything has.
    /// </summary>
    private Dtypes WeightsOf(IOperation? module, FlowRegion region)
        => weightsOf(module) is var known and not Dtypes.Any ? known
            : region.MayBeOff ? Dtypes.Any
            : Eligible;

    /// <summary>What a region of one dtype makes of an operation.</summary>
    private Dtypes InRegion(Operation operation, Dtypes dtype)
    {
        if (isPinned || isPointwise)
        {
            return Natural(operation, operands);
        }

        var cuda = Under(operation.Cuda, operation, dtype);
        var cpu = operation.Cpu == operation.Cuda ? cuda : Under(operation.Cpu, operation, dtype);
        DependsOnDevice |= cuda != cpu;
        return scenario.Devices switch
        {
            Devices.Cuda => cuda,
            Devices.Cpu => cpu,
            _ => cuda | cpu,
        };
    }

    /// <summary>What a policy makes of an operation in a region of one dtype.</summary>
    private Dtypes Under(AutocastPolicy policy, Operation operation, Dtypes dtype)
    {
        switch (policy)
        {
            case AutocastPolicy.LowerPrecision:
                return Natural(operation, Cast(dtype, Eligible));
            case AutocastPolicy.Float32 or AutocastPolicy.Float32DefaultDtype or AutocastPolicy.Float32AppendDtype:
                return Natural(operation, Cast(Dtypes.Float32, Dtypes.SixteenBit));
            case AutocastPolicy.Promote:
                var (mayBe, isCertain) = (false, false);
                foreach (var operand in operands)
                {
                    mayBe |= !operand.IsNumber && operand.Dtypes.Overlaps(Dtypes.Float32);
                    isCertain |= !operand.IsNumber && operand.Dtypes.AreAllIn(Dtypes.Float32);
                }

                return (isCertain ? Dtypes.None : Natural(operation, Cast(dtype, Eligible)))
                    | (mayBe ? Natural(operation, Cast(Dtypes.Float32, Eligible)) : Dtypes.None);
            case AutocastPolicy.Composite:
                var first = FirstOf(operands);
                return (first.Overlaps(dtype) ? dtype : Dtypes.None)
                    | (first.Overlaps(Eligible & ~dtype) ? Dtypes.Float32 : Dtypes.None)
                    | (first.Overlaps(~Eligible) ? Dtypes.Any : Dtypes.None);
            case AutocastPolicy.Float16:
                return Natural(operation, Cast(Dtypes.Float16, Eligible));
            case AutocastPolicy.Banned:
                return Dtypes.Any;
            default:
                return Natural(operation, operands);
        }
    }

    /// <summary>The operands with their eligible dtypes cast to one; until the next cast.</summary>
    private List<Promotion.Operand> Cast(Dtypes dtype, Dtypes eligible)
    {
        casted.Clear();
        foreach (var operand in operands)
        {
            casted.Add(operand.IsNumber || !operand.Dtypes.Overlaps(eligible)
                ? operand
                : operand with { Dtypes = (operand.Dtypes & ~eligible) | dtype });
        }

        return casted;
    }

    /// <summary>What an operation gives where autocast leaves it alone.</summary>
    private Dtypes Natural(Operation operation, List<Promotion.Operand> operands) => operation.Result switch
    {
        _ when isPointwise => Promotion.Of(operands),
        ResultDtype.Bool => Integers.Truth(operation, FirstOf(operands)),
        ResultDtype.Int64 => Dtypes.Int64,
        ResultDtype.Float64 => Dtypes.Float64 | (FirstOf(operands).Overlaps(Dtypes.Complex) ? Dtypes.ComplexFloat64 : Dtypes.None),
        ResultDtype.Complex => Complex(FirstOf(operands)),
        ResultDtype.Promoted => Integers.Result(operation, Promotion.Of(operands), numbers),
        ResultDtype.Input when operation.Has(OperationTraits.InPlace) => FirstOf(operands),
        ResultDtype.Input when operation.Has(Products)
            => Integers.Result(operation, Common(operands), numbers),
        ResultDtype.Input => Integers.Result(operation, FirstOf(operands), numbers),
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

    /// <summary>The operands of a product have one dtype, so that knowing one of them is enough. Where they contradict each other, nothing is known.</summary>
    private Dtypes Common(List<Promotion.Operand> operands)
    {
        var common = Dtypes.Any;
        foreach (var operand in operands)
        {
            common &= operand.IsNumber ? Dtypes.Any : operand.Dtypes;
        }

        isRefused |= assumesRepair && common is Dtypes.None;
        return common is not Dtypes.None ? common
            : isRefused && operands.Find(static operand => operand.Dtypes.AreAllIn(Dtypes.SixteenBit)) is { Dtypes: not Dtypes.None and var repaired } ? repaired
            : Dtypes.Any;
    }

    /// <summary>The result by the shape of the return type: one tensor, a tuple, a collection.</summary>
    private static FlowValue? Shape(Operation operation, ITypeSymbol type, TensorDtype first) => type switch
    {
        _ when type.IsTensorOrDerived() => first,
        INamedTypeSymbol { IsTupleType: true } tuple => Tuple(operation, tuple, first with { Rank = Rank.Unknown }),
        IArrayTypeSymbol array when array.ElementType.IsTensorOrDerived() => new SequenceValue(first with { Rank = Rank.Unknown }),
        _ => null,
    };

    private static TupleValue Tuple(Operation operation, INamedTypeSymbol tuple, TensorDtype first)
        => new([.. tuple.TupleElements.Select((element, index)
            => !element.Type.IsTensorOrDerived() ? null : index == 0 || IsAlike(operation, element.Name) ? first
                : element.Name.IndexOf("ind", StringComparison.OrdinalIgnoreCase) >= 0 ? new TensorDtype(Dtypes.Int64)
                : (FlowValue?)null)]);

    /// <summary>Whether a further result has the first one's dtype: means beside variances, states beside outputs.</summary>
    private static bool IsAlike(Operation operation, string result)
        => operation.Has(OperationTraits.Recurrent) || result is "mean" or "std" or "var" or "min" or "max";
}
