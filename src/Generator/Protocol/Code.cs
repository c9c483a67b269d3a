using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>
/// A body with what the protocol asks of it. Control-flow graphs give the order of calls; what a call is made on and given is read
/// from the operations before they were taken apart, which are found by their syntax.
/// </summary>
internal sealed class Code
{
    private readonly Body body;
    private readonly Dictionary<SyntaxNode, IOperation> calls = [];
    private readonly Dictionary<ISymbol, List<IOperation?>> assigned = new(SymbolEqualityComparer.Default);
    private readonly List<IAnonymousFunctionOperation> lambdas = [];
    private readonly HashSet<IMethodSymbol> handedOut = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<IMethodSymbol, ILocalFunctionOperation> localFunctions = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<string, HashSet<ISymbol>> conditions = [];
    private readonly Dictionary<string, List<IOperation>> decided = [];
    private readonly ConcurrentDictionary<ControlFlowGraph, Block[]> blocks = new();
    private readonly ConcurrentDictionary<ISymbol, HashSet<ISymbol>> escaped = new(SymbolEqualityComparer.Default);
    private readonly ISymbol none;
    private readonly Lazy<Step[]> steps;

    /// <param name="body">The body.</param>
    /// <param name="assembly">Its assembly.</param>
    public Code(Body body, IAssemblySymbol assembly)
    {
        (this.body, none) = (body, assembly);
        Read(body.Root);
        steps = new(() => Step.Of(body.Statements, this));
    }

    /// <summary>The outermost operation.</summary>
    public IOperation Root => body.Root;

    /// <summary>Whether it can be analysed.</summary>
    public bool IsReadable => body.IsReadable;

    /// <summary>The calls that training loops are made of, in the order of the text.</summary>
    public List<SyntaxNode> Triggers { get; } = [];

    /// <summary>The calls with which an optimizer steps.</summary>
    public List<IInvocationOperation> OptimizerSteps { get; } = [];

    /// <summary>What makes the host wait for a device, in the order of the text.</summary>
    public List<IOperation> DeviceReads { get; } = [];

    /// <summary>The calls of the compilation's own methods.</summary>
    public List<IInvocationOperation> Helpers { get; } = [];

    /// <summary>Whether it says in which precision a model runs, so that the annotation does not.</summary>
    public bool ChoosesPolicy { get; private set; }

    /// <summary>Whether it asks a scaler for what became of a step.</summary>
    public bool ReadsScaler { get; private set; }

    /// <summary>Whether it does what the protocol is about, and not only makes objects.</summary>
    public bool IsRelevant => Triggers.Any(Matters);

    /// <summary>The lambdas in which calls of training loops stand.</summary>
    public IEnumerable<IAnonymousFunctionOperation> Lambdas => lambdas.Where(Matters);

    /// <summary>The local functions.</summary>
    public IEnumerable<ILocalFunctionOperation> LocalFunctions => localFunctions.Values;

    /// <summary>The graph of the body, a lambda or a local function; null for a body whose statements run one after the other.</summary>
    public ControlFlowGraph? GraphOf(IMethodSymbol? function) => function is null ? body.Graph : body.GraphOf(function);

    /// <summary>The blocks of such a graph.</summary>
    public Block[] BlocksOf(ControlFlowGraph graph) => blocks.GetOrAdd(graph, _ => Block.Of(graph, this));

    /// <summary>What a body without branches does.</summary>
    public Step[] Steps => steps.Value;

    /// <summary>Whether a method is a local function of the body.</summary>
    public bool HasLocalFunction(IMethodSymbol method) => localFunctions.ContainsKey(method);

    /// <summary>Whether one of its local functions is named without being called, so that nobody sees when it runs.</summary>
    public bool IsHandedOut(IMethodSymbol function) => handedOut.Contains(function);

    /// <summary>A call as it was before the graph took it apart.</summary>
    public TOperation Original<TOperation>(TOperation operation)
        where TOperation : class, IOperation
        => calls.TryGetValue(operation.Syntax, out var original) && original is TOperation known ? known : operation;

    /// <summary>What is assigned to a variable: null among it where that is not seen.</summary>
    public IReadOnlyList<IOperation?> AssignedTo(ISymbol variable) => assigned.TryGetValue(variable, out var values) ? values : [];

    /// <summary>A condition, with all that it decides about.</summary>
    public Condition ConditionOf(IOperation condition)
    {
        var (text, isNegated) = Conditions.Read(condition);
        var isOfMembers = IsOfMembers(text);
        return new(
            this, new FactKey(Topic.Condition, Text: text, Node: isOfMembers ? null : Root.Syntax), isNegated, isOfMembers,
            decided.TryGetValue(text, out var operations) ? operations : []);
    }

    /// <summary>Whether a condition is about members alone, so that it is the same for each call of a helper.</summary>
    private bool IsOfMembers(string condition)
        => conditions.TryGetValue(condition, out var symbols) && symbols.Count > 0
            && symbols.All(static symbol => symbol is IFieldSymbol or IPropertySymbol);

    /// <summary>Whether a condition names a variable or member.</summary>
    public bool Names(string condition, ISymbol symbol) => conditions.TryGetValue(condition, out var symbols) && symbols.Contains(symbol);

    /// <summary>Whether a condition names what a function declares.</summary>
    public bool NamesPartOf(string condition, IMethodSymbol function)
        => conditions.TryGetValue(condition, out var symbols)
            && symbols.Any(symbol => SymbolEqualityComparer.Default.Equals(symbol.ContainingSymbol, function));

    /// <summary>The variable or member that an operation names.</summary>
    public static ISymbol? SymbolOf(IOperation operation) => operation switch
    {
        ILocalReferenceOperation { Local: var local } => local,
        IParameterReferenceOperation { Parameter: var parameter } => parameter,
        IMemberReferenceOperation { Member: var member } => member,
        _ => null,
    };

    /// <summary>
    /// The variables and fields that lambdas use in calls of training loops, and local functions that are handed out: nobody sees when
    /// they run.
    /// </summary>
    /// <param name="function">The function that is analysed: what stands around it does not count.</param>
    public HashSet<ISymbol> EscapedFrom(IMethodSymbol? function)
    {
        return escaped.GetOrAdd((ISymbol?)function ?? none, _ =>
        {
            var own = function is null ? null : (IOperation?)lambdas.FirstOrDefault(Is) ?? localFunctions.Values.FirstOrDefault(Is);
            var others = lambdas.Cast<IOperation>().Concat(localFunctions.Values.Where(local => handedOut.Contains(local.Symbol)))
                .Where(other => Matters(other) && !(own is not null && other.Syntax.Span.Contains(own.Syntax.Span)));
            return new(
                others.SelectMany(static other => other.Descendants()).Select(SymbolOf).OfType<ISymbol>(), SymbolEqualityComparer.Default);
        });

        bool Is(IOperation operation) => SymbolEqualityComparer.Default.Equals(
            operation is IAnonymousFunctionOperation lambda ? lambda.Symbol : ((ILocalFunctionOperation)operation).Symbol, function);
    }

    /// <summary>Whether calls of training loops stand in an operation.</summary>
    public bool Matters(IOperation operation) => Triggers.Any(trigger => operation.Syntax.Span.Contains(trigger.Span) && Matters(trigger));

    /// <summary>A factory that only makes an optimizer does nothing that the protocol is about.</summary>
    private bool Matters(SyntaxNode trigger)
        => calls[trigger] is IInvocationOperation call
            && TrainingMembers.Of(call.TargetMethod) is not (TrainingMember.CreateOptimizer or TrainingMember.ReadScaler);

    private void Read(IOperation operation)
    {
        if (DeviceWaits.Waits(operation))
        {
            DeviceReads.Add(operation);
        }

        switch (operation)
        {
            case IInvocationOperation { IsImplicit: false } call:
                calls[call.Syntax] = call;
                var member = TrainingMembers.Of(call.TargetMethod);
                if (member is not TrainingMember.None)
                {
                    Triggers.Add(call.Syntax);
                }
                else if (call.TargetMethod.IsInSource())
                {
                    Helpers.Add(call);
                }

                ReadsScaler |= member is TrainingMember.ReadScaler;
                if (member is TrainingMember.ScalerStep or TrainingMember.TrainingStep or TrainingMember.OptimizerStep)
                {
                    OptimizerSteps.Add(call);
                }

                break;
            case IObjectCreationOperation creation:
                calls[creation.Syntax] = creation;
                if (TrainingMembers.IsOptimizer(creation.Type) || TrainingMembers.IsScaler(creation.Type))
                {
                    Triggers.Add(creation.Syntax);
                }

                break;
            case IVariableDeclaratorOperation { Symbol: var local } declarator
                when declarator.GetVariableInitializer() is { Value: var value }:
                calls[declarator.Syntax] = declarator;
                NoteAssigned(local, value);
                break;
            case ICompoundAssignmentOperation { Target: var target } compound:
                NoteAssigned(SymbolOf(target), compound);
                break;
            case ISimpleAssignmentOperation { Target: var target, Value: var value } assignment:
                calls[assignment.Syntax] = assignment;
                ChoosesPolicy |= target is IPropertyReferenceOperation { Property.Name: "PrecisionPolicy" };
                NoteAssigned(SymbolOf(target), value);
                break;
            case IIncrementOrDecrementOperation { Target: var target }:
                NoteAssigned(SymbolOf(target), null);
                break;
            case IDeconstructionAssignmentOperation { Target: var target, Value: var value }:
                foreach (var part in target.DescendantsAndSelf())
                {
                    NoteAssigned(SymbolOf(part), value);
                }

                break;
            case IForEachLoopOperation { LoopControlVariable: var variable, Collection: var collection }:
                foreach (var part in variable.DescendantsAndSelf())
                {
                    NoteAssigned(part is IVariableDeclaratorOperation { Symbol: var declared } ? declared : SymbolOf(part), collection);
                }

                break;
            case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out, Value: var value }:
                foreach (var part in value.DescendantsAndSelf())
                {
                    NoteAssigned(SymbolOf(part), null);
                }

                break;
            case IDeclarationPatternOperation { DeclaredSymbol: { } declared }:
                NoteAssigned(declared, null);
                break;
            case IConditionalOperation { Condition: var condition }:
                NoteCondition(condition, operation);
                break;
            case IConditionalAccessOperation { Operation: var receiver }:
                NoteCondition(Conditions.Null(receiver), receiver, operation);
                break;
            case IAnonymousFunctionOperation lambda:
                lambdas.Add(lambda);
                break;
            case ILocalFunctionOperation function:
                localFunctions[function.Symbol] = function;
                break;
            case IMethodReferenceOperation { Method: { MethodKind: MethodKind.LocalFunction } method }:
                handedOut.Add(method);
                break;
        }

        foreach (var child in operation.ChildOperations)
        {
            Read(child);
        }
    }

    private void NoteCondition(IOperation condition, IOperation whole)
    {
        if (condition is IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr } both)
        {
            NoteCondition(both.LeftOperand, whole);
            NoteCondition(both.RightOperand, whole);
        }
        else
        {
            NoteCondition(Conditions.Read(condition).Text, condition, whole);
        }
    }

    private void NoteCondition(string text, IOperation condition, IOperation whole)
    {
        if (!decided.TryGetValue(text, out var operations))
        {
            decided.Add(text, operations = []);
        }

        operations.Add(whole);
        if (!conditions.ContainsKey(text))
        {
            conditions.Add(text, new(condition.DescendantsAndSelf().Select(SymbolOf).OfType<ISymbol>(), SymbolEqualityComparer.Default));
        }
    }

    private void NoteAssigned(ISymbol? variable, IOperation? value)
    {
        if (variable is ILocalSymbol or IParameterSymbol or IFieldSymbol)
        {
            if (!assigned.TryGetValue(variable, out var values))
            {
                assigned.Add(variable, values = []);
            }

            values.Add(value?.WithoutConversions());
        }
    }
}
