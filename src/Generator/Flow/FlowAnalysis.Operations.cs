using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Rules;

namespace Precision.Generator.Flow;

/// <summary>What each kind of operation gives, and what it does to variables.</summary>
internal sealed partial class FlowAnalysis
{
    private bool recordsNow;

    /// <summary>Evaluates an operation with all that is in it.</summary>
    private FlowValue? Evaluate(IOperation operation, FlowState state)
    {
        var value = EvaluateCore(operation, state) ?? numbers.Of(operation.Type);
        if (operation.Type?.IsTensorOrDerived() == true)
        {
            value = value as TensorDtype ?? TensorDtype.Unknown;
        }

        if (recordsNow && values is not null && value is TensorDtype or DtypeValue)
        {
            Record(operation, value, values);
        }

        return value;
    }

    private static void Record(IOperation operation, FlowValue value, Dictionary<SyntaxNode, FlowValue> values)
    {
        // A conversion that the compiler adds has its operand's syntax, and its own value is the one that counts.
        values[operation.Syntax] = operation is not IConversionOperation && values.TryGetValue(operation.Syntax, out var other)
            ? FlowValue.Join(other, value) ?? TensorDtype.Unknown
            : value;
    }

    private FlowValue? EvaluateCore(IOperation operation, FlowState state)
    {
        switch (operation)
        {
            case ILocalReferenceOperation { Local: var local }:
                return Read(local, state);
            case IParameterReferenceOperation { Parameter: var parameter }:
                return Read(parameter, state);
            case IFlowCaptureReferenceOperation reference:
                return state[reference.Id];
            case IFlowCaptureOperation capture:
                state[capture.Id] = Evaluate(capture.Value, state);
                return null;
            case ILiteralOperation or IDefaultValueOperation:
                return operation is IDefaultValueOperation || operation.ConstantValue is { HasValue: true, Value: null }
                    ? operation.Type is { IsValueType: true, OriginalDefinition.SpecialType: not SpecialType.System_Nullable_T }
                        ? numbers.Of(operation.Type)
                        : TensorDtype.Nothing
                    : numbers.Of(operation.Type);
            case ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local }, Value: var assigned } assignment
                when Lambda(assigned) is { } own && body.Variables.Find(local) is null or { IsReassigned: false, IsNotOnlyCalled: false }:
                // Nobody but this body calls it, so that its arguments are known.
                Enter(FunctionOf(own.Symbol), state, isCalled: false);
                return Assign(assignment.Target, new FunctionValue(own.Symbol), state);
            case ISimpleAssignmentOperation assignment:
                return Assign(assignment.Target, Evaluate(assignment.Value, state), state);
            case ICompoundAssignmentOperation assignment:
                var left = Evaluate(assignment.Target, state);
                var right = Evaluate(assignment.Value, state);
                return Assign(
                    assignment.Target,
                    assignment.OperatorMethod is { } assigning ? transfer.Operator(assigning, assignment, left, right, RegionAt(assignment)) : null,
                    state);
            case IDeconstructionAssignmentOperation assignment:
                return Assign(assignment.Target, Evaluate(assignment.Value, state), state);
            case IIncrementOrDecrementOperation increment:
                return Assign(increment.Target, numbers.Of(increment.Type), state);
            case IVariableDeclaratorOperation { Symbol: var local } declarator:
                if (declarator.GetVariableInitializer() is { } declared)
                {
                    state[local] = Evaluate(declared.Value, state);
                }

                return null;
            case IFieldInitializerOperation { InitializedFields: var fields, Value: var initial }:
                var stored = Evaluate(initial, state);
                foreach (var assigned in fields)
                {
                    NoteMember(assigned, stored);
                }

                return null;
            case IPropertyInitializerOperation { InitializedProperties: var properties, Value: var initial }:
                var kept = Evaluate(initial, state);
                foreach (var assigned in properties)
                {
                    NoteMember(assigned, kept);
                }

                return null;
            case IInvocationOperation invocation:
                return Call(invocation, state);
            case IBinaryOperation binary:
                var (leftOperand, rightOperand) = (Evaluate(binary.LeftOperand, state), Evaluate(binary.RightOperand, state));
                return binary.OperatorMethod is { } method
                    ? transfer.Operator(method, binary, leftOperand, rightOperand, RegionAt(binary))
                    : numbers.Of(binary.Type);
            case IUnaryOperation unary:
                var operand = Evaluate(unary.Operand, state);
                return unary.OperatorMethod is { } negation ? transfer.Operator(negation, unary, operand, null, RegionAt(unary)) : numbers.Of(unary.Type);
            case IConversionOperation conversion:
                var converted = Evaluate(conversion.Operand, state);
                return conversion.OperatorMethod is { } converting ? transfer.Conversion(converting, converted)
                    : conversion.Type?.IsValueType == true && numbers.Of(conversion.Type) is { } number ? number
                    : converted;
            case IFieldReferenceOperation field:
                var fieldOwner = field.Instance is null ? null : Evaluate(field.Instance, state);
                return Field(field, fieldOwner);
            case IPropertyReferenceOperation property:
                var propertyOwner = property.Instance is null ? null : Evaluate(property.Instance, state);
                foreach (var argument in property.Arguments)
                {
                    Evaluate(argument.Value, state);
                }

                return transfer.Property(property, propertyOwner) ?? members.Read(property) ?? methods.Get(property, RegionAt(property));
            case IArrayElementReferenceOperation element:
                var array = Evaluate(element.ArrayReference, state);
                foreach (var index in element.Indices)
                {
                    Evaluate(index, state);
                }

                return Sequences.Element(array, element.Indices is [{ ConstantValue: { HasValue: true, Value: int at } }] ? at : null);
            case ITupleOperation tuple:
                return TupleOf(tuple.Elements, state);
            case IArrayCreationOperation creation:
                foreach (var size in creation.DimensionSizes)
                {
                    Evaluate(size, state);
                }

                return creation.Initializer is null ? new SequenceValue(TensorDtype.Nothing) : Evaluate(creation.Initializer, state);
            case IArrayInitializerOperation initializer:
                return SequenceOf(initializer.ElementValues, state);
            case ICollectionExpressionOperation collection:
                return SequenceOf(collection.Elements, state);
            case ISpreadOperation spread:
                return (Evaluate(spread.Operand, state) as SequenceValue)?.Element;
            case IIsPatternOperation isPattern:
                var matched = Evaluate(isPattern.Value, state);
                Match(isPattern.Pattern, matched, state);
                return null;
            case IFlowAnonymousFunctionOperation lambda:
                Enter(FunctionOf(lambda.Symbol), state, isCalled: true);
                return new FunctionValue(lambda.Symbol);
            case IObjectCreationOperation creation:
                return Create(creation, state);
            case IDelegateCreationOperation creation:
                return Evaluate(creation.Target, state);
            case IMethodReferenceOperation { Method: var referenced } reference:
                if (reference.Instance is not null)
                {
                    Evaluate(reference.Instance, state);
                }

                if (Find(referenced) is { } function)
                {
                    Enter(function, state, isCalled: true);
                    return new FunctionValue(referenced);
                }

                return null;
            default:
                foreach (var child in operation.ChildOperations)
                {
                    Evaluate(child, state);
                }

                return numbers.Of(operation.Type);
        }
    }

    /// <summary>A variable's value; of one that is assigned elsewhere at unknown times, nothing.</summary>
    private FlowValue? Read(ISymbol symbol, FlowState state)
        => body.Variables.Find(symbol) is not { IsShared: false } variable
            || (variable.IsHandedOut && state[variable] is SequenceValue)
            || (variable.IsReassigned && current is not null && !SymbolEqualityComparer.Default.Equals(symbol.ContainingSymbol, current.Symbol))
                ? null
                : state[variable];

    private FlowValue? Assign(IOperation target, FlowValue? value, FlowState state)
    {
        switch (target)
        {
            case ILocalReferenceOperation { Local: var local }:
                state[local] = value;
                break;
            case IParameterReferenceOperation { Parameter: var parameter }:
                state[parameter] = value;
                break;
            case IFlowCaptureReferenceOperation reference:
                state[reference.Id] = value;
                if (body.Variables.Find(reference.Id)?.Value is { } captured and not IFlowCaptureReferenceOperation)
                {
                    Assign(captured, value, state);
                }

                break;
            case IConversionOperation conversion:
                Assign(conversion.Operand, value, state);
                break;
            case IFieldReferenceOperation { Instance: null or IInstanceReferenceOperation, Field: var field }:
                NoteMember(field, value);
                break;
            case IPropertyReferenceOperation { Instance: null or IInstanceReferenceOperation, Property: { IsIndexer: false } property }:
                NoteMember(property, value);
                break;
            case IDeclarationExpressionOperation declaration:
                Assign(declaration.Expression, value, state);
                break;
            case ITupleOperation tuple:
                var parts = value as TupleValue;
                for (var i = 0; i < tuple.Elements.Length; i++)
                {
                    Assign(tuple.Elements[i], parts is not null && i < parts.Elements.Length ? parts.Elements[i] : null, state);
                }

                break;
            case IArrayElementReferenceOperation element:
                Evaluate(element, state);
                if (body.Variables.Named(element.ArrayReference) is { } array)
                {
                    state[array] = state[array] is SequenceValue sequence && FlowValue.Join(sequence.Element, value) is { } joined
                        ? new SequenceValue(joined)
                        : null;
                }

                break;
            default:
                Evaluate(target, state);
                break;
        }

        return value;
    }

    private void NoteMember(ISymbol member, FlowValue? value)
    {
        memberWrites ??= new Dictionary<ISymbol, FlowValue?>(SymbolEqualityComparer.Default);
        memberWrites[member] = memberWrites.TryGetValue(member, out var other) ? FlowValue.Join(other, value) : value;
    }

    private TupleValue TupleOf(ImmutableArray<IOperation> elements, FlowState state)
    {
        var values = ImmutableArray.CreateBuilder<FlowValue?>(elements.Length);
        foreach (var element in elements)
        {
            values.Add(Evaluate(element, state));
        }

        return new TupleValue(values.MoveToImmutable());
    }

    private SequenceValue? SequenceOf(ImmutableArray<IOperation> elements, FlowState state)
    {
        if (elements is [{ Type: var type }, ..] && numbers.Of(type) is not null)
        {
            // Sizes and dimensions: of numbers their type says enough.
            foreach (var element in elements)
            {
                Evaluate(element, state);
            }

            return null;
        }

        FlowValue? joined = TensorDtype.Nothing;
        var items = ImmutableArray.CreateBuilder<FlowValue>(elements.Length);
        foreach (var element in elements)
        {
            var value = Evaluate(element, state);
            joined = FlowValue.Join(joined, value);
            if (value is not null && element is not ISpreadOperation)
            {
                items.Add(value);
            }
        }

        return joined is null ? null : new SequenceValue(joined, items.Count == elements.Length ? items.MoveToImmutable() : default);
    }

    private static void Match(IPatternOperation pattern, FlowValue? value, FlowState state)
    {
        var declared = pattern switch
        {
            IDeclarationPatternOperation declaration => declaration.DeclaredSymbol,
            IRecursivePatternOperation recursive => recursive.DeclaredSymbol,
            _ => null,
        };
        if (declared is not null)
        {
            state[declared] = value;
        }

        foreach (var child in pattern.ChildOperations)
        {
            if (child is IPatternOperation inner)
            {
                // Of a negated pattern, or one of both sides, the same value; of a property nothing is known.
                Match(inner, pattern is INegatedPatternOperation or IBinaryPatternOperation ? value : null, state);
            }
            else if (child is IPropertySubpatternOperation { Pattern: { } sub })
            {
                Match(sub, null, state);
            }
        }
    }

    private FlowValue? Create(IObjectCreationOperation creation, FlowState state)
    {
        FlowValue? first = null;
        foreach (var argument in creation.Arguments)
        {
            var value = Evaluate(argument.Value, state);
            first = argument.Parameter?.Ordinal == 0 ? value : first;
        }

        if (creation.Initializer is { } initializer)
        {
            Evaluate(initializer, state);
        }

        return creation.Type switch
        {
            // A parameter is the tensor that it is made of.
            { } type when type.IsTensorOrDerived() => first,
            { Name: "List", ContainingNamespace.Name: "Generic" } => creation.Arguments.IsEmpty || first is not SequenceValue
                ? new SequenceValue(TensorDtype.Nothing)
                : first,
            INamedTypeSymbol type => new ObjectValue(type),
            _ => null,
        };
    }

    private FlowValue? Call(IInvocationOperation invocation, FlowState state)
    {
        var instance = invocation.Instance is null ? null : Evaluate(invocation.Instance, state);
        var arguments = invocation.Arguments.IsEmpty ? [] : new FlowValue?[invocation.Arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = Evaluate(invocation.Arguments[i].Value, state);
        }

        var value = Called(invocation, instance, arguments, state);
        foreach (var argument in invocation.Arguments)
        {
            if (argument.Parameter?.RefKind is RefKind.Ref or RefKind.Out)
            {
                Assign(argument.Value, null, state);
            }
        }

        return value;
    }

    private FlowValue? Called(IInvocationOperation invocation, FlowValue? instance, FlowValue?[] arguments, FlowState state)
    {
        var method = invocation.TargetMethod;
        var called = method.MethodKind switch
        {
            MethodKind.LocalFunction => method,
            MethodKind.DelegateInvoke when instance is FunctionValue { Method: var lambda } => lambda,
            _ => null,
        };
        if (instance is SequenceValue list && Sequences.Add(method, list, arguments) is { } grown)
        {
            Assign(invocation.Instance!, grown.Value, state);
            return null;
        }

        if (called is null)
        {
            return methods.Call(invocation, instance, arguments, RegionAt(invocation))
                ?? transfer.Call(invocation, instance, arguments, RegionAt(invocation));
        }

        if ((Find(called) ?? Find(called.OriginalDefinition)) is not { } function)
        {
            return null;
        }

        Enter(function, state, invocation, arguments);
        return function.Result;
    }

    /// <summary>Hands the state around a lambda or local function to it.</summary>
    /// <param name="function">The function.</param>
    /// <param name="state">The state where it is made, named or called.</param>
    /// <param name="isCalled">Whether it is called with arguments that are not known: here or, since it is handed out, elsewhere.</param>
    private void Enter(Function? function, FlowState state, bool isCalled)
    {
        if (function is null)
        {
            return;
        }

        var entry = state.Clone();
        foreach (var parameter in isCalled ? function.Symbol.Parameters : [])
        {
            entry[parameter] = null;
        }

        hasChanged |= function.Enter(entry);
    }

    /// <summary>Hands the arguments of a call to a lambda or local function, and the state around the call.</summary>
    private void Enter(Function function, FlowState state, IInvocationOperation invocation, FlowValue?[] arguments)
    {
        var entry = state.Clone();
        foreach (var parameter in function.Symbol.Parameters)
        {
            entry[parameter] = null;
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            if (invocation.Arguments[i].Parameter is { RefKind: RefKind.None, Ordinal: var ordinal } && ordinal < function.Symbol.Parameters.Length)
            {
                entry[function.Symbol.Parameters[ordinal]] = arguments[i];
            }
        }

        hasChanged |= function.Enter(entry);
    }

    private static IFlowAnonymousFunctionOperation? Lambda(IOperation operation) => operation switch
    {
        IFlowAnonymousFunctionOperation lambda => lambda,
        IDelegateCreationOperation { Target: var target } => Lambda(target),
        IConversionOperation { Operand: var operand } => Lambda(operand),
        _ => null,
    };

    private FlowValue? Field(IFieldReferenceOperation reference, FlowValue? owner)
    {
        if (owner is TupleValue tuple && reference.Field.CorrespondingTupleField is { } item
            && int.TryParse(item.Name.Replace("Item", ""), out var number) && number >= 1 && number <= tuple.Elements.Length)
        {
            return tuple.Elements[number - 1];
        }

        return transfer.Field(reference) ?? members.Read(reference);
    }

    private FlowRegion RegionAt(IOperation operation) => body.Regions.At(operation.Syntax.SpanStart, region, scenario);
}
