using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Transfer;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>What each kind of operation gives, and what it does to variables: one method for each kind.</summary>
internal sealed class FlowEvaluator : OperationVisitor<FlowState, FlowValue>
{
    private readonly FlowRun run;
    private readonly Numbers numbers;
    private readonly MemberTransfer transfer;
    private readonly Methods methods;
    private readonly Members members;
    private readonly Calls calls;
    private readonly Functions functions;
    private readonly Assignments assignments;
    private readonly Creations creations;
    private readonly Dictionary<SyntaxNode, FlowValue>? values;
    private readonly List<NotedCall> entered = [];

    /// <param name="context">What is known of the compilation.</param>
    /// <param name="run">What to evaluate.</param>
    /// <param name="functions">The lambdas and local functions of the body.</param>
    /// <param name="token">Cancels.</param>
    public FlowEvaluator(FlowContext context, FlowRun run, Functions functions, CancellationToken token)
    {
        (this.run, this.functions) = (run, functions);
        numbers = context.Numbers;
        members = new Members(context, run.Entry, token);
        transfer = new MemberTransfer(
            context.Numbers, context.AreCallsIntercepted, run.Entry.Scenario, run.Body.Variables, members.WeightsOf, context.AssumesRepair);
        methods = new Methods(context, run, NoteCall, token);
        assignments = new Assignments(run.Body.Variables, this);
        calls = new Calls(this, functions, assignments, methods, new HeldCalls(context, methods, transfer, run), new ListedCalls(context, run, token), transfer);
        creations = new Creations(numbers, this);
        values = run.KeepsValues ? [] : null;
    }

    /// <summary>Whether values are kept now. Only the last pass through a loop counts.</summary>
    public bool Records { get; set; }

    /// <summary>What every expression gives, by its syntax; what is absent is unknown. Null where nobody asks.</summary>
    public Dictionary<SyntaxNode, FlowValue>? Values => values;

    /// <summary>What fields and properties of the object, or static ones, are assigned.</summary>
    public IReadOnlyDictionary<ISymbol, FlowValue?> MemberWrites => assignments.MemberWrites;

    /// <summary>What is put into fields, or into collections in them.</summary>
    public IReadOnlyDictionary<IFieldSymbol, FlowValue?> Stores => assignments.Stores;

    /// <summary>What a call of the body gives.</summary>
    /// <param name="result">What it returns.</param>
    public Summary Summarise(FlowValue? result) => new(result, DependsOnDevice, methods.Height, methods.IsCut, entered);

    /// <summary>Whether it would have found something else on another kind of device.</summary>
    public bool DependsOnDevice => run.Body.Regions.DependsOnDevice || transfer.DependsOnDevice || methods.DependsOnDevice;

    /// <summary>Forgets what was kept: another round begins.</summary>
    public void Forget()
    {
        values?.Clear();
        entered.Clear();
    }

    /// <summary>Evaluates an operation with all that is in it.</summary>
    public FlowValue? Evaluate(IOperation operation, FlowState state)
    {
        var value = operation.Accept(this, state) ?? numbers.Of(operation);
        if (operation.Type?.IsTensorOrDerived() == true)
        {
            value = value as TensorDtype ?? TensorDtype.Unknown;
        }

        if (Records && values is not null && (value is TensorDtype or DtypeValue or TupleValue || (value is NumberValue { Constant: not null } && !IsWritten(operation))))
        {
            Record(operation, value!, values);
        }

        return value;
    }

    public override FlowValue? DefaultVisit(IOperation operation, FlowState state)
    {
        foreach (var child in operation.ChildOperations)
        {
            Evaluate(child, state);
        }

        return FlowValue.Top;
    }

    public override FlowValue? VisitLocalReference(ILocalReferenceOperation operation, FlowState state) => Read(operation.Local, state);

    public override FlowValue? VisitParameterReference(IParameterReferenceOperation operation, FlowState state) => Read(operation.Parameter, state);

    public override FlowValue? VisitFlowCaptureReference(IFlowCaptureReferenceOperation operation, FlowState state) => state[operation.Id];

    public override FlowValue? VisitFlowCapture(IFlowCaptureOperation operation, FlowState state)
    {
        state[operation.Id] = Evaluate(operation.Value, state);
        return FlowValue.Top;
    }

    public override FlowValue? VisitLiteral(ILiteralOperation operation, FlowState state)
        => operation.ConstantValue is { HasValue: true, Value: null } ? OfDefault(operation) : FlowValue.Top;

    public override FlowValue? VisitDefaultValue(IDefaultValueOperation operation, FlowState state) => OfDefault(operation);

    public override FlowValue? VisitSimpleAssignment(ISimpleAssignmentOperation operation, FlowState state)
    {
        if (operation.Target is ILocalReferenceOperation { Local: var local }
            && Functions.Lambda(operation.Value) is { } lambda
            && run.Body.Variables.Find(local) is null or { IsReassigned: false, IsNotOnlyCalled: false })
        {
            // Nobody but this body calls it, so that its arguments are known.
            functions.Enter(functions.Of(lambda.Symbol), state, isCalled: false);
            return assignments.Assign(operation.Target, new FunctionValue(lambda.Symbol), state);
        }

        return assignments.Assign(operation.Target, Evaluate(operation.Value, state), state);
    }

    public override FlowValue? VisitCompoundAssignment(ICompoundAssignmentOperation operation, FlowState state)
    {
        var left = Evaluate(operation.Target, state);
        var right = Evaluate(operation.Value, state);
        return assignments.Assign(
            operation.Target,
            operation.OperatorMethod is { } method ? transfer.Operator(method, operation, left, right, RegionAt(operation)) : FlowValue.Top,
            state);
    }

    public override FlowValue? VisitDeconstructionAssignment(IDeconstructionAssignmentOperation operation, FlowState state)
        => assignments.Deconstruct(operation.Target, Evaluate(operation.Value, state), operation.Value.Type, state);

    public override FlowValue? VisitIncrementOrDecrement(IIncrementOrDecrementOperation operation, FlowState state)
        => assignments.Assign(operation.Target, numbers.Of(operation.Type), state);

    public override FlowValue? VisitVariableDeclarator(IVariableDeclaratorOperation operation, FlowState state)
    {
        if (operation.GetVariableInitializer() is { } initializer)
        {
            state[operation.Symbol] = Evaluate(initializer.Value, state);
        }

        return FlowValue.Top;
    }

    public override FlowValue? VisitFieldInitializer(IFieldInitializerOperation operation, FlowState state)
        => assignments.Initialize(operation.InitializedFields, Evaluate(operation.Value, state));

    public override FlowValue? VisitPropertyInitializer(IPropertyInitializerOperation operation, FlowState state)
        => assignments.Initialize(operation.InitializedProperties, Evaluate(operation.Value, state));

    public override FlowValue? VisitInvocation(IInvocationOperation operation, FlowState state) => calls.Call(operation, state, RegionAt(operation));

    public override FlowValue? VisitBinaryOperator(IBinaryOperation operation, FlowState state)
    {
        var (left, right) = (Evaluate(operation.LeftOperand, state), Evaluate(operation.RightOperand, state));
        return operation.OperatorMethod is { } method ? transfer.Operator(method, operation, left, right, RegionAt(operation)) : FlowValue.Top;
    }

    public override FlowValue? VisitUnaryOperator(IUnaryOperation operation, FlowState state)
    {
        var operand = Evaluate(operation.Operand, state);
        return operation.OperatorMethod is { } method ? transfer.Operator(method, operation, operand, FlowValue.Top, RegionAt(operation)) : FlowValue.Top;
    }

    public override FlowValue? VisitConversion(IConversionOperation operation, FlowState state)
    {
        var operand = Evaluate(operation.Operand, state);
        return operation.OperatorMethod is { } method ? transfer.Conversion(method, operand)
            : operation.Type?.IsValueType == true && numbers.Of(operation) is { } number ? number with { Constant = number.Constant ?? (operand as NumberValue)?.Constant }
            : operand ?? HeldMembers.Converted(operation);
    }

    public override FlowValue? VisitFieldReference(IFieldReferenceOperation operation, FlowState state)
    {
        var owner = operation.Instance is null ? FlowValue.Top : Evaluate(operation.Instance, state);
        return owner is TupleValue tuple && operation.Field.CorrespondingTupleField is { } item
            && int.TryParse(item.Name.Replace("Item", ""), out var number) && number >= 1 && number <= tuple.Elements.Length
                ? tuple.Elements[number - 1]
                : (owner as ObjectValue)?[operation.Field] ?? transfer.Field(operation) ?? members.Read(operation);
    }

    public override FlowValue? VisitPropertyReference(IPropertyReferenceOperation operation, FlowState state)
    {
        var owner = operation.Instance is null ? FlowValue.Top : Evaluate(operation.Instance, state);
        foreach (var argument in operation.Arguments)
        {
            Evaluate(argument.Value, state);
        }

        return (owner as ObjectValue)?[operation.Property]
            ?? (owner is HeldValue { Held: var held } ? HeldMembers.Property(operation, held) : transfer.Property(operation, owner))
            ?? members.Read(operation) ?? methods.Get(operation, RegionAt(operation));
    }

    public override FlowValue? VisitArrayElementReference(IArrayElementReferenceOperation operation, FlowState state)
    {
        var array = Evaluate(operation.ArrayReference, state);
        foreach (var position in operation.Indices)
        {
            Evaluate(position, state);
        }

        int? index = operation.Indices is [{ ConstantValue: { HasValue: true, Value: int at } }] ? at : null;
        return array is HeldValue { Held: var held } ? HeldValue.Of(held.Element(index)) : Sequences.Element(array, index);
    }

    public override FlowValue? VisitImplicitIndexerReference(IImplicitIndexerReferenceOperation operation, FlowState state)
    {
        Evaluate(operation.Argument, state);
        var list = Evaluate(operation.Instance, state);
        return operation.Argument is IUnaryOperation { OperatorKind: UnaryOperatorKind.Hat, Operand: var place } && Sequences.PlaceOf(place) is int fromEnd
            ? Sequences.FromEnd(list, fromEnd)
            : Sequences.Element(list, place: null);
    }

    public override FlowValue? VisitTuple(ITupleOperation operation, FlowState state) => creations.Tuple(operation, state);

    public override FlowValue? VisitArrayCreation(IArrayCreationOperation operation, FlowState state) => creations.Array(operation, state);

    public override FlowValue? VisitArrayInitializer(IArrayInitializerOperation operation, FlowState state)
        => creations.Sequence(
            operation.ElementValues,
            state,
            areObjects: operation.Parent?.Type is IArrayTypeSymbol { ElementType.SpecialType: SpecialType.System_Object });

    public override FlowValue? VisitCollectionExpression(ICollectionExpressionOperation operation, FlowState state)
        => creations.Sequence(operation.Elements, state);

    public override FlowValue? VisitObjectCreation(IObjectCreationOperation operation, FlowState state) => creations.Object(operation, state);

    public override FlowValue? VisitSpread(ISpreadOperation operation, FlowState state) => (Evaluate(operation.Operand, state) as SequenceValue)?.Element;

    public override FlowValue? VisitIsPattern(IIsPatternOperation operation, FlowState state)
    {
        Assignments.Match(operation.Pattern, Evaluate(operation.Value, state), state);
        return FlowValue.Top;
    }

    public override FlowValue? VisitFlowAnonymousFunction(IFlowAnonymousFunctionOperation operation, FlowState state)
    {
        functions.Enter(functions.Of(operation.Symbol), state, isCalled: true);
        return new FunctionValue(operation.Symbol);
    }

    public override FlowValue? VisitDelegateCreation(IDelegateCreationOperation operation, FlowState state) => Evaluate(operation.Target, state);

    public override FlowValue? VisitMethodReference(IMethodReferenceOperation operation, FlowState state)
    {
        if (operation.Instance is not null)
        {
            Evaluate(operation.Instance, state);
        }

        if (functions.Find(operation.Method) is not { } function)
        {
            return FlowValue.Top;
        }

        functions.Enter(function, state, isCalled: true);
        return new FunctionValue(operation.Method);
    }

    private void NoteCall(IMethodSymbol method, Entry entry)
    {
        // Those of the last round count. Earlier ones had arguments that are not all known yet.
        if (Records)
        {
            entered.Add(new(method, entry));
        }
    }

    /// <summary>Whether a number is a constant in the source, which rules see anyway, or a default argument, whose syntax is that of the call.</summary>
    private static bool IsWritten(IOperation number) => number.ConstantValue.HasValue || number.Syntax is InvocationExpressionSyntax;

    private static void Record(IOperation operation, FlowValue value, Dictionary<SyntaxNode, FlowValue> values)
    {
        // A conversion that the compiler adds has its operand's syntax, and its own value is the one that counts.
        values[operation.Syntax] = operation is not IConversionOperation && values.TryGetValue(operation.Syntax, out var other)
            ? FlowValue.Join(other, value) ?? TensorDtype.Unknown
            : value;
    }

    /// <summary>The value of <c>default</c> and <c>null</c>, which is no object where the type is a reference type.</summary>
    private FlowValue? OfDefault(IOperation operation)
        => operation.Type is { IsValueType: true, OriginalDefinition.SpecialType: not SpecialType.System_Nullable_T } ? numbers.Of(operation.Type) : TensorDtype.Bottom;

    /// <summary>A variable's value. Nothing is known if other code may assign it at any time.</summary>
    private FlowValue? Read(ISymbol symbol, FlowState state)
        => run.Body.Variables.Find(symbol) is not { IsShared: false } variable
            || (variable.IsReassigned && functions.Current is { } current && !SymbolEqualityComparer.Default.Equals(symbol.ContainingSymbol, current.Symbol))
                ? FlowValue.Top
                : variable.IsHandedOut && state[variable] is SequenceValue or ObjectValue ? ObjectValue.Part(state[variable])
                : state[variable];

    private FlowRegion RegionAt(IOperation operation) => run.Body.Regions.At(operation.Syntax.SpanStart, run.Entry.Region, run.Entry.Scenario);
}
