using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>Finds what the tensors of a training loop are made of.</summary>
/// <param name="codeOf">The body of a method; null where it has none here.</param>
internal sealed class TensorValues(Func<IMethodSymbol, Code?> codeOf)
{
    private const int MaximumDepth = 24;
    private const int MaximumCalls = 3;

    /// <summary>What an expression gives at one point of a path.</summary>
    public TensorValue Of(IOperation? expression, Frame frame, History history) => Of(expression, frame, history, 0);

    /// <summary>The key under which histories keep what a tensor variable holds.</summary>
    public static FactKey KeyOf(ISymbol variable) => new(Topic.Value, new Place(variable));

    private TensorValue Of(IOperation? expression, Frame frame, History history, int depth)
    {
        if (expression is null || depth > MaximumDepth)
        {
            return TensorValue.Unknown;
        }

        switch (expression)
        {
            case ILiteralOperation or IInstanceReferenceOperation or ITypeOfOperation or IDefaultValueOperation:
                return TensorValue.Input;
            case ILocalReferenceOperation { Local: var local }:
                return OfVariable(local, frame, history);
            case IParameterReferenceOperation { Parameter: var parameter }:
                return frame.ArgumentOf(parameter) is var (value, caller)
                    ? Of(value, caller, history, depth + 1) with { IsFromCaller = true }
                    : OfVariable(parameter, frame, history);
            case IFieldReferenceOperation { Field: var field, Instance: null or IInstanceReferenceOperation }:
                return OfVariable(field, frame, history);
            case IFieldReferenceOperation or IPropertyReferenceOperation:
                return ((IMemberReferenceOperation)expression).Instance is { } owner && owner is not IInstanceReferenceOperation
                    ? Of(owner, frame, history, depth + 1) : TensorValue.Input;
            case IConditionalOperation { WhenFalse: { } other } either:
                return TensorValue.Either(Of(either.WhenTrue, frame, history, depth + 1), Of(other, frame, history, depth + 1));
            case ICoalesceOperation coalesce:
                return TensorValue.Either(Of(coalesce.Value, frame, history, depth + 1), Of(coalesce.WhenNull, frame, history, depth + 1));
            case IInvocationOperation call:
                return OfCall(call, frame, history, depth);
            case IAnonymousFunctionOperation or IDelegateCreationOperation or IDynamicInvocationOperation or IAwaitOperation:
                return TensorValue.Unknown;
            default:
                return expression switch
                {
                    IBinaryOperation { OperatorKind: BinaryOperatorKind.Divide or BinaryOperatorKind.Multiply } product
                        => OfProduct([product.LeftOperand, product.RightOperand], product.OperatorKind, frame, history, depth),
                    ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Divide or BinaryOperatorKind.Multiply } product
                        => OfProduct([product.Target, product.Value], product.OperatorKind, frame, history, depth),
                    _ => OfParts(expression, frame, history, depth),
                };
        }
    }

    /// <summary>What a variable holds: where nothing is known that has to do with a loss, what any input is.</summary>
    public TensorValue OfVariable(ISymbol variable, Frame frame, History history)
        => history[KeyOf(variable)]?.Value
            ?? (variable is ILocalSymbol && frame.Code.AssignedTo(variable).Contains(null) ? TensorValue.Unknown : TensorValue.Input);

    /// <summary>What a product or quotient of two values is: divided by a scale a value is scaled no more.</summary>
    private TensorValue OfProduct(IOperation[] factors, BinaryOperatorKind kind, Frame frame, History history, int depth)
    {
        var (left, right) = (Of(factors[0], frame, history, depth + 1), Of(factors[1], frame, history, depth + 1));
        var product = TensorValue.Combine(left, right) with { IsDivided = true };
        return kind is BinaryOperatorKind.Divide && right is { Scaling: Scaling.Scaled, IsComputed: false }
            ? product with { Scaling = left.Scaling is Scaling.Unknown ? Scaling.Unknown : Scaling.Plain, Scaler = null }
            : MayScale(product, factors, frame);
    }

    /// <summary>Somebody may scale a loss by hand: by a large number, or by one that is called a scale.</summary>
    private static TensorValue MayScale(TensorValue product, IEnumerable<IOperation> factors, Frame frame)
        => product is { IsComputed: true, Scaling: Scaling.Plain } && factors.Any(factor => LossScales.MayBe(factor, frame.Code))
            ? product with { Scaling = Scaling.Unknown } : product;

    private TensorValue OfCall(IInvocationOperation call, Frame frame, History history, int depth)
    {
        var method = call.TargetMethod;
        switch (TrainingMembers.Of(method))
        {
            case TrainingMember.Scale:
                return Of(call.Arguments[0].Value, frame, history, depth + 1) with
                {
                    Scaling = Scaling.Scaled,
                    Scaler = ScalerEffects.ScalerOf(call, frame),
                    IsComputed = true,
                };
            case TrainingMember.ReadScaler:
                return TensorValue.Input with { Scaling = Scaling.Scaled };
        }

        var parts = OfParts(call, frame, history, depth) with { IsComputed = true };
        if (TrainingMembers.Divides(method))
        {
            parts = MayScale(parts with { IsDivided = true }, call.Arguments.Select(static argument => argument.Value), frame);
        }

        if (method.MethodKind is MethodKind.DelegateInvoke)
        {
            return TensorValue.Unknown;
        }

        if (AnnotatedModels.DtypesOf(call, frame) is var dtypes and not ModelDtypes.None)
        {
            return parts with { Models = parts.Models | dtypes, Model = parts.Model ?? call.Syntax };
        }

        // A module's forward computes; any other method of the compilation may do anything.
        return !method.IsInSource() || method.ContainingType.DerivesFromModule() ? parts
            : TensorValue.Combine(parts, Returned(call, frame, history));
    }

    /// <summary>What a method of the compilation returns.</summary>
    private TensorValue Returned(IInvocationOperation call, Frame frame, History history)
    {
        var method = call.TargetMethod.OriginalDefinition;
        if (frame.Depth >= MaximumCalls || frame.IsRunning(method)
            || (method.MethodKind is not MethodKind.LocalFunction && method.IsOverridable())
            || (frame.Code.HasLocalFunction(method) ? frame.Code : codeOf(method)) is not { IsReadable: true } code)
        {
            return TensorValue.Unknown;
        }

        // Without a walk: what its variables hold is what is assigned to them anywhere.
        var inner = Calls.Enter(call, code, frame, history);
        var result = (TensorValue?)null;
        foreach (var value in ReturnedBy(method, code))
        {
            var given = new FlowInsensitive(this, inner, history).Of(value);
            result = result is null ? given : TensorValue.Either(result, given);
        }

        return (result ?? TensorValue.Unknown) with { IsFromCaller = true };
    }

    private static IEnumerable<IOperation> ReturnedBy(IMethodSymbol method, Code code)
    {
        var body = code.LocalFunctions.FirstOrDefault(function
            => SymbolEqualityComparer.Default.Equals(function.Symbol, method)) ?? code.Root;
        return body.Descendants().OfType<IReturnOperation>().Select(static operation => operation.ReturnedValue).OfType<IOperation>();
    }

    private TensorValue OfParts(IOperation operation, Frame frame, History history, int depth)
    {
        var result = TensorValue.Input;
        foreach (var child in operation.ChildOperations)
        {
            result = TensorValue.Combine(result, Of(child, frame, history, depth + 1));
        }

        return result;
    }

    /// <summary>What variables of a helper hold, whatever the path.</summary>
    private sealed class FlowInsensitive(TensorValues values, Frame frame, History history)
    {
        private readonly HashSet<ISymbol> asked = new(SymbolEqualityComparer.Default);

        public TensorValue Of(IOperation value)
        {
            foreach (var part in value.DescendantsAndSelf())
            {
                if (part is ILocalReferenceOperation { Local: var local } && asked.Add(local))
                {
                    var held = (TensorValue?)null;
                    foreach (var assigned in frame.Code.AssignedTo(local))
                    {
                        var given = assigned is null ? TensorValue.Unknown : Of(assigned);
                        held = held is null ? given : TensorValue.Either(held, given);
                    }

                    history = history.With(KeyOf(local), held is null ? null : new Fact(Stage.True, Value: held));
                }
            }

            return values.Of(value, frame, history);
        }
    }
}
