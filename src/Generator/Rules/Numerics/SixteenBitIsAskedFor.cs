using Microsoft.CodeAnalysis;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;

namespace Precision.Generator.Rules.Numerics;

/// <summary>PRC1016: a call names a 16-bit dtype for what autocast runs in float32, and so is not autocast's affair any more.</summary>
internal sealed class SixteenBitIsAskedFor : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.SixteenBitIsAskedFor,
        title: "16-bit dtype is requested for an operation that needs float32",
        messageFormat: "'{0}' computes in {1} because of its argument '{2}': {3}; omit '{2}' in a region, or pass 'ScalarType.Float32'",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Autocast computes softmax, sums and products in float32. It leaves calls that name a dtype alone, so libtorch rounds the input before the operation.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.SixteenBitIsAskedFor));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation)
        => operation.DtypeParameter is not null
            && operation.Cuda is AutocastPolicy.Float32 or AutocastPolicy.Float32DefaultDtype or AutocastPolicy.Float32AppendDtype;

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        var parameter = context.Row!.DtypeParameter!;
        if (!context.NamesDtype || context.Argument(parameter) is not { } argument)
        {
            return;
        }

        var dtype = context.Flow.OfScalarType(argument);
        if (dtype.AreAllIn(Dtypes.SixteenBit))
        {
            context.ReportOf(
                [argument],
                Rule,
                new Finding(dtype, Devices.Any, null),
                context.Name,
                dtype.ToText(),
                parameter,
                Consequence(context.Row!, dtype));
        }
    }

    private static string Consequence(Operation row, Dtypes dtype)
        => row.Has(OperationTraits.Softmax) ? "probabilities are rounded and small ones lost"
            : dtype is Dtypes.Float16 ? "results above 65504 overflow"
            : "the result keeps only 2 to 3 digits";
}
