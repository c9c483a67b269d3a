using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Transfer;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1009: products, and what else has the trait <see cref="OperationTraits.NoMixedDtypes"/>, take operands of one dtype; libtorch refuses others,
/// and TorchSharp lets <c>matmul</c> end the process.
/// </summary>
internal sealed class ProductOfTwoDtypes : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.ProductOfTwoDtypes,
        title: "Operands have different dtypes",
        messageFormat: "'{0}' gets {1} and {2}{3}: {4}; cast them to one dtype",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Matrix multiplication, convolution, attention, scatter, index_add and lerp do not promote their operands: libtorch throws. The exception of 'matmul' escapes through TorchSharp's native code and aborts the process.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.ProductOfTwoDtypes));

    /// <summary>What autocast casts: not float64, and no integers.</summary>
    private const Dtypes Eligible = Dtypes.SixteenBit | Dtypes.Float32;

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation)
        => operation.Has(OperationTraits.MatrixProduct | OperationTraits.Convolution | OperationTraits.Attention | OperationTraits.NoMixedDtypes)
            && operation.Member != OperationTable.Forward
            && !operation.Has(OperationTraits.Promotes);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        var operands = Operands(context).ToArray();
        var region = context.Flow.RegionAt(context.Operation).Kind;
        if (operands.Length < 2 || region is RegionKind.Uncertain || (context.Argument("equation") is { } equation && Einsum.Contracts(equation, operands.Length) is not true))
        {
            return;
        }

        var facts = operands.Select(context.Flow.Of).ToArray();
        for (var i = 1; i < operands.Length; i++)
        {
            if (Mismatch(context.Row!, region, facts[0], facts[i]) is not { } finding)
            {
                continue;
            }

            var (first, second) = (facts[0].Possible, facts[i].Possible);
            context.ReportOf(
                (first | second).AreAllIn(Eligible) ? operands.Where(operand => context.Flow.Of(operand).In(Dtypes.SixteenBit) is not null) : [],
                Rule,
                finding,
                context.Name,
                Describe(context, facts[0]),
                Describe(context, facts[i]),
                finding.Where,
                context.Row!.Has(OperationTraits.EndsProcess) ? "the process aborts, and no handler can catch the exception" : "libtorch throws");
            return;
        }
    }

    /// <summary>A dtype, and where the tensor got it if that is known.</summary>
    private static string Describe(OperationContext context, DtypeFact fact)
        => fact.Possible.ToText() + context.OriginText(fact.Values.Select(static value => value.Dtype.Origin).FirstOrDefault(static origin => origin is not null));

    /// <summary>The tensors that must agree, with those of lists one by one.</summary>
    private static IEnumerable<IOperation> Operands(OperationContext context)
    {
        var invocation = context.Invocation!;
        if (invocation.Instance is { } instance && context.Row!.Free != "input")
        {
            yield return instance;
        }

        foreach (var argument in invocation.Arguments)
        {
            if (argument.Parameter is not { } parameter || MayDiffer(context.Row!, parameter))
            {
                continue;
            }

            foreach (var value in Elements(argument.Value))
            {
                if (value.WithoutConversions() is { Type: { } type } && type.IsTensorOrDerived())
                {
                    yield return value;
                }
            }
        }
    }

    /// <summary>What libtorch lets have another dtype, in one case or another: what the row says, a mask, an index.</summary>
    private static bool MayDiffer(Operation row, IParameterSymbol parameter)
        => parameter.Name == row.Free || parameter.Name is "attn_mask" or "mask" or "index";

    private static IEnumerable<IOperation> Elements(IOperation value) => value.WithoutConversions() switch
    {
        IArrayCreationOperation { Initializer.ElementValues: var elements } => elements,
        ICollectionExpressionOperation { Elements: var elements } => elements,
        _ => [value],
    };

    /// <summary>Where two operands certainly have different dtypes when the product gets them.</summary>
    private static Finding? Mismatch(Operation row, RegionKind region, DtypeFact first, DtypeFact second)
    {
        var mismatches = ImmutableArray.CreateBuilder<DtypeOnWay>();
        foreach (var ((scenario, left, path), (_, right, _)) in first.Values.Zip(second.Values, static (a, b) => (a, b)))
        {
            // Where the device does not matter so far it may to the operation.
            foreach (var device in scenario.Devices is Devices.Any ? new[] { Devices.Cuda, Devices.Cpu } : [scenario.Devices])
            {
                var policy = region is not RegionKind.Autocast ? AutocastPolicy.Unlisted : device is Devices.Cpu ? row.Cpu : row.Cuda;
                if (policy is AutocastPolicy.LowerPrecision && row.Has(OperationTraits.NoMixedDtypes))
                {
                    policy = AutocastPolicy.Unlisted; // it compares the dtypes before the product that autocast casts for
                }

                mismatches.Add(new(
                    scenario with { Devices = device },
                    Differ(policy, left.Dtypes, right.Dtypes) ? left with { Origin = left.Origin ?? right.Origin } : TensorDtype.Unknown,
                    path));
            }
        }

        return first.With(mismatches.ToImmutable()).Where(static value => !ReferenceEquals(value, TensorDtype.Unknown));
    }

    private static bool Differ(AutocastPolicy policy, Dtypes left, Dtypes right)
        => !left.Overlaps(right)
            && left is not Dtypes.None
            && right is not Dtypes.None
            && (policy is AutocastPolicy.Unlisted || (policy is AutocastPolicy.LowerPrecision or AutocastPolicy.Promote && !(left.Overlaps(Eligible) && right.Overlaps(Eligible))));
}
