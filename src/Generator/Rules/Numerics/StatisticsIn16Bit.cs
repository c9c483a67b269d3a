using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;
using Precision.Generator.Rules.Regions;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1014: running statistics of a normalisation become 16-bit with the module that holds them, or are given so; or a variance that was
/// computed in float32 is cast before anything is divided by it.
/// </summary>
internal sealed class StatisticsIn16Bit : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.StatisticsIn16Bit,
        title: "Statistics in 16-bit",
        messageFormat: "'{0}' {1}{2}: {3}; {4}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "16-bit rounds away the small update that each batch makes to running statistics, and a variance above 65504 is infinite in Float16.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.StatisticsIn16Bit));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => Casts.All;

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => operation.Has(OperationTraits.RunningStatistics) && operation.Member != OperationTable.Forward;

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.Invocation is not { } call)
        {
            return;
        }

        if (context.Row is not null)
        {
            AnalyzeGiven(context);
        }
        else if (call.Receiver() is { Type: INamedTypeSymbol type } receiver && type.DerivesFromModule())
        {
            AnalyzeModule(context, call, receiver, type);
        }
        else
        {
            AnalyzeCast(context, call);
        }
    }

    /// <summary>A module that is converted with the statistics in it. Annotated models are PRC3004's.</summary>
    private static void AnalyzeModule(OperationContext context, IInvocationOperation call, IOperation receiver, INamedTypeSymbol type)
    {
        if (AnnotatedModelIsConverted.IsConversion(call)
            && context.Flows.PrecisionOf(type).Kind is ClassKind.Plain
            && (Keeps(type, context, []) || Sources.Of(receiver, context).Any(source => source.Type is INamedTypeSymbol part && Keeps(part, context, []))))
        {
            context.Report(
                Rule,
                context.Location,
                context.Name,
                "converts running statistics to 16-bit",
                "",
                "16-bit rounds away the small update of each batch",
                "keep the normalisation in float32, or annotate the model [MixedPrecision] instead, which does so");
        }
    }

    /// <summary>Whether a class holds running statistics, by what its members are.</summary>
    private static bool Keeps(INamedTypeSymbol type, OperationContext context, HashSet<ISymbol> seen)
    {
        if (!type.DerivesFromModule() || !seen.Add(type))
        {
            return false;
        }

        if (OperationTable.FindModule(type) is { } row && !context.Flows.Compilation.Declares(type))
        {
            return row.Has(OperationTraits.RunningStatistics);
        }

        for (var current = type; current is not null && context.Flows.Compilation.Declares(current); current = current.BaseType)
        {
            if (current.GetMembers().OfType<IFieldSymbol>().Any(field => field.Type.IsOfModules()
                && ((field.Type is INamedTypeSymbol declared && Keeps(declared, context, seen))
                    || Keeps(context.Flows.Holdings.Of(field.AssociatedSymbol ?? field, null, context.CancellationToken), context, seen))))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Keeps(Held held, OperationContext context, HashSet<ISymbol> seen)
        => held.Modules.Any(module => (module.Type is { } type && Keeps(type, context, seen))
            || (module.IsCollection && module.Elements.Any(element => Keeps(element, context, seen))));

    private static void AnalyzeGiven(OperationContext context)
    {
        var statistics = context.Tensors.Skip(1).Take(2);
        if (statistics.Select(tensor => context.Flow.Of(tensor).In(Dtypes.SixteenBit)).FirstOrDefault(static found => found is not null) is { } finding)
        {
            context.ReportOf(
                [],
                Rule,
                finding,
                context.Name,
                $"takes running statistics in {finding.Dtypes.ToText()}",
                finding.Where,
                "16-bit rounds away the small update of each batch",
                "keep them in float32");
        }
    }

    /// <summary>A variance or a mean of squares that was float32: whoever casts it may need no more, so that this is information.</summary>
    private static void AnalyzeCast(OperationContext context, IInvocationOperation cast)
    {
        if (cast.Receiver() is { } statistic
            && context.ResultIn(Dtypes.SixteenBit) is { } finding
            && context.Flow.Of(statistic).In(Dtypes.Float32 | Dtypes.Float64) is not null
            && IsSpread(statistic, context))
        {
            context.ReportUnlessCastBackAtOnce(
                [cast],
                Rule,
                finding,
                DiagnosticSeverity.Info,
                context.Name,
                $"casts a variance to {finding.Dtypes.ToText()}",
                finding.Where,
                finding.Dtypes.Overlaps(Dtypes.Float16) ? "above 65504 it is infinite, and an epsilon added to it is lost" : "it keeps 2 to 3 digits, and so does everything divided by it",
                "normalise in float32 and cast the result");
        }
    }

    /// <summary>Whether an expression is a variance, a deviation or a mean of squares, or a function of nothing but one.</summary>
    private static bool IsSpread(IOperation expression, OperationContext context)
    {
        for (var current = context.Behind(expression); ;)
        {
            switch (current)
            {
                case IInvocationOperation call when OperationTable.Find(call.TargetMethod) is { } row && Operand(call) is { } operand:
                    if (row.Has(OperationTraits.Reduction))
                    {
                        return row.Has(OperationTraits.Spread) || (row.Integers is IntegerResult.Same && IsSquare(context.Behind(operand)));
                    }

                    if (call.Arguments.Any(argument => argument.Value != operand
                        && argument.ArgumentKind is ArgumentKind.Explicit
                        && argument.Value.WithoutConversions().Type?.IsTensorOrDerived() == true))
                    {
                        return false;
                    }

                    current = context.Behind(operand);
                    break;
                case IBinaryOperation { LeftOperand: var left, RightOperand: var right } when right.WithoutConversions().Type?.IsTensorOrDerived() != true:
                    current = context.Behind(left);
                    break;
                case IBinaryOperation { LeftOperand: var number, RightOperand: var tensor } when number.WithoutConversions().Type?.IsTensorOrDerived() != true:
                    current = context.Behind(tensor);
                    break;
                default:
                    return false;
            }
        }
    }

    private static bool IsSquare(IOperation expression) => expression switch
    {
        IInvocationOperation call
            => OperationTable.Find(call.TargetMethod) is { } row && row.Has(OperationTraits.Power | OperationTraits.GrowsBothWays) && row.Has(OperationTraits.Overflow),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Multiply, LeftOperand: var left, RightOperand: var right }
            => left.Syntax.WithoutTrivia().IsEquivalentTo(right.Syntax.WithoutTrivia()),
        _ => false,
    };

    private static IOperation? Operand(IInvocationOperation call) => call.Instance ?? call.Arguments.FirstOrDefault()?.Value;
}
