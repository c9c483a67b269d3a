using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>One call or operator, as a rule sees it.</summary>
/// <param name="run">Where it stands and who is told of diagnostics.</param>
/// <param name="method">The member or operator that is called.</param>
/// <param name="row">Its row in the operation table.</param>
/// <param name="flow">The dtypes around it.</param>
/// <param name="flows">The compilation.</param>
internal sealed class OperationContext(RuleRun run, IMethodSymbol method, Operation? row, DtypeFlow flow, FlowContext flows)
{
    /// <summary>
    /// An <see cref="IInvocationOperation"/>, <see cref="IBinaryOperation"/>, <see cref="ICompoundAssignmentOperation"/>, or the
    /// <see cref="ISimpleAssignmentOperation"/> of an element.
    /// </summary>
    public IOperation Operation => run.Operation;

    /// <summary>The call; null for an operator.</summary>
    public IInvocationOperation? Invocation => Operation as IInvocationOperation;

    /// <summary>The member or operator that is called. TorchSharp declares it.</summary>
    public IMethodSymbol Method => method;

    /// <summary>Its row in the operation table; null for members that have none.</summary>
    public Operation? Row => row;

    /// <summary>The dtypes around it.</summary>
    public DtypeFlow Flow => flow;

    /// <summary>The compilation.</summary>
    public FlowContext Flows => flows;

    /// <summary>The expression behind a name that is assigned once; the operation itself where it is none.</summary>
    public IOperation Behind(IOperation operation) => Names.Behind(operation);

    /// <summary>Names and the expressions behind them.</summary>
    public AssignedOnce Names => new(flows, run.Token);

    /// <summary>The file's options, for <c>.editorconfig</c> keys.</summary>
    public AnalyzerConfigOptions Options => run.Options.GetOptions(Operation.Syntax.SyntaxTree);

    /// <summary>Cancels.</summary>
    public CancellationToken CancellationToken => run.Token;

    /// <summary>What a message calls it: the member's name, a module's class, an operator's sign.</summary>
    public string Name => Row switch
    {
        { Member: OperationTable.Forward, Name: var module } => module,
        _ when Operation is ISimpleAssignmentOperation => "[…] =",
        _ => ((Operation as IBinaryOperation)?.OperatorKind ?? (Operation as ICompoundAssignmentOperation)?.OperatorKind) switch
        {
            BinaryOperatorKind.Add => "+",
            BinaryOperatorKind.Subtract => "-",
            BinaryOperatorKind.Multiply => "*",
            BinaryOperatorKind.Divide => "/",
            BinaryOperatorKind.Remainder => "%",
            _ => Method.Name,
        },
    };

    /// <summary>The place to report: a method's name, or the whole operator.</summary>
    public Location Location => Invocation is { } invocation ? invocation.NameLocation() : Operation.Syntax.GetLocation();

    /// <summary>The tensor that the member is called on, or the first one that it is given; null where there is none.</summary>
    public IOperation? Input => Tensors.FirstOrDefault();

    /// <summary>The tensor operands in order: the instance, the arguments or an operator's sides.</summary>
    public IEnumerable<IOperation> Tensors => Operation switch
    {
        IInvocationOperation invocation => (invocation.Instance is { } instance ? new[] { instance } : [])
            .Concat(invocation.Arguments
                .Where(static argument => argument.ArgumentKind is not ArgumentKind.DefaultValue)
                .Select(static argument => argument.Value))
            .Where(static operand => operand.WithoutConversions().Type?.IsTensorOrDerived() == true),
        IBinaryOperation binary => [binary.LeftOperand, binary.RightOperand],
        ICompoundAssignmentOperation assignment => [assignment.Target, assignment.Value],
        _ => [],
    };

    /// <summary>The argument for a parameter that the call itself writes; null where it leaves the parameter to its default.</summary>
    public IOperation? Argument(string parameter)
        => Invocation?.Arguments.FirstOrDefault(argument => argument.Parameter?.Name == parameter && argument.ArgumentKind is not ArgumentKind.DefaultValue)?.Value;

    /// <summary>Whether the call names the dtype of its result, which is then not autocast's affair.</summary>
    public bool NamesDtype => Row is { } row && Invocation is { } invocation && DtypeArgument.Of(invocation, row) is not null;

    /// <summary>Where the operation's result certainly has one of some dtypes.</summary>
    public Finding? ResultIn(Dtypes dtypes) => Flow.Of(Operation).In(dtypes);

    /// <summary>What to write instead, for a message: a dtype argument where the call can take one.</summary>
    public string Float32Remedy
        => Row?.DtypeParameter is { } parameter && Method.Parameters.Any(declared => declared.Name == parameter)
            ? $"pass '{parameter}: ScalarType.Float32'"
            : "cast its input to float32 first";

    /// <summary>For a message, behind a dtype: where a tensor got it; empty where that is not known or is the operation itself.</summary>
    public string OriginText(DtypeOrigin? origin) => Elsewhere(origin) is { } place ? $" ({place.ToText(Operation.Syntax.SyntaxTree)})" : "";

    /// <summary>
    /// Reports a finding: with the rule's severity where it holds on every device, and as information that names the device
    /// (<see cref="Finding.Where"/>, part of the message's arguments) where it holds on one kind of device only.
    /// </summary>
    /// <param name="rule">The rule.</param>
    /// <param name="finding">Where the fault is certain.</param>
    /// <param name="severity">Another severity than the rule's own.</param>
    /// <param name="arguments">For the message.</param>
    public void Report(DiagnosticDescriptor rule, Finding finding, DiagnosticSeverity? severity, params object[] arguments)
        => Report(rule, finding, severity, Tensors.Where(Is16Bit), arguments);

    /// <inheritdoc cref="Report(DiagnosticDescriptor, Finding, DiagnosticSeverity?, object[])"/>
    public void Report(DiagnosticDescriptor rule, Finding finding, params object[] arguments) => Report(rule, finding, null, arguments);

    /// <summary>Reports what does not depend on a finding.</summary>
    public void Report(DiagnosticDescriptor rule, Location location, params object[] arguments)
        => run.Report(Diagnostic.Create(rule, location, arguments));

    /// <summary>Reports a finding with the expressions that its fix casts to float32, or replaces. Else those are the 16-bit operands.</summary>
    public void ReportOf(IEnumerable<IOperation> expressions, DiagnosticDescriptor rule, Finding finding, params object[] arguments)
        => Report(rule, finding, severity: null, expressions, arguments);

    /// <summary>
    /// As <see cref="ReportOf"/>, for what gains nothing by float32 when it is cast back at once, or where no expression can be cast: there is no fix then.
    /// </summary>
    public void ReportUnlessCastBackAtOnce(
        IEnumerable<IOperation> expressions, DiagnosticDescriptor rule, Finding finding, DiagnosticSeverity? severity, params object[] arguments)
    {
        var places = expressions.ToArray();
        var back = CastBack.Of(Operation, Flow);
        Report(rule, finding, severity, places, places.Length == 0 || back?.Place == Operation ? new CastBack(Operation, Dtype: null) : back, arguments);
    }

    /// <summary>Reports what is repaired by marking the first of some expressions, a member, <c>[FullPrecision]</c>, and casting the others.</summary>
    public void ReportMember(IEnumerable<IOperation> expressions, CastBack? back, DiagnosticDescriptor rule, Finding finding, params object[] arguments)
        => Report(rule, finding, null, expressions, back, arguments, isOfMember: true);

    private void Report(DiagnosticDescriptor rule, Finding finding, DiagnosticSeverity? severity, IEnumerable<IOperation> expressions, object[] arguments)
        => Report(rule, finding, severity, expressions, CastBack.Of(Operation, Flow), arguments);

    private void Report(
        DiagnosticDescriptor rule,
        Finding finding,
        DiagnosticSeverity? severity,
        IEnumerable<IOperation> expressions,
        CastBack? back,
        object[] arguments,
        bool isOfMember = false)
    {
        var own = severity ?? rule.DefaultSeverity;
        run.Report(Diagnostic.Create(
            rule,
            Location,
            finding.IsEverywhere || own < DiagnosticSeverity.Info ? own : DiagnosticSeverity.Info,
            Elsewhere(finding.Origin) is { } origin ? [origin.Location] : [],
            FixProperties.Create(Location, expressions, finding, back, isOfMember),
            arguments));
    }

    /// <summary>A reader sees the operation itself already.</summary>
    private DtypeOrigin? Elsewhere(DtypeOrigin? origin) => origin?.Syntax == Operation.Syntax ? null : origin;

    private bool Is16Bit(IOperation operand) => Flow.Of(operand).In(Dtypes.SixteenBit) is not null;
}
