using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Bodies;

/// <summary>
/// The variables that a body names, with the intermediate values that its graphs capture. A lambda may see any value of a variable
/// that is assigned again; and where it assigns one itself, nobody knows when.
/// </summary>
internal sealed class Variables
{
    private readonly Dictionary<ISymbol, Variable> symbols = new(SymbolEqualityComparer.Default);
    private Dictionary<CaptureId, Capture>? captures;

    /// <summary>How many slots a state needs.</summary>
    public int Count { get; private set; }

    /// <summary>The variables.</summary>
    public IReadOnlyCollection<Variable> All => symbols.Values;

    /// <summary>A local variable or parameter; null where the body never names it, so that what it holds does not matter.</summary>
    public Variable? Find(ISymbol symbol) => symbols.TryGetValue(symbol, out var variable) ? variable : null;

    /// <summary>A captured value; default where no graph captures it, as in code that does not compile.</summary>
    public Capture? Find(CaptureId id) => captures is not null && captures.TryGetValue(id, out var capture) ? capture : null;

    /// <summary>Notes what an operation of the body does to variables.</summary>
    public void Note(IOperation operation)
    {
        switch (operation)
        {
            case IAssignmentOperation assignment:
                NoteAssignment(assignment.Target);
                break;
            case ILocalReferenceOperation { IsDeclaration: false } reference:
                NoteUse(reference.Local, reference);
                break;
            case IParameterReferenceOperation reference:
                NoteUse(reference.Parameter, reference);
                break;
            case ILocalReferenceOperation declaration:
                Of(declaration.Local);
                break;
            case IIncrementOrDecrementOperation increment:
                NoteAssignment(increment.Target);
                break;
            case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument:
                NoteAssignment(argument.Value);
                break;
            case IAddressOfOperation address:
                NoteAlias(address.Reference);
                break;
            case IVariableDeclaratorOperation { Symbol.RefKind: not RefKind.None } alias when alias.GetVariableInitializer() is { } initializer:
                NoteAlias(initializer.Value);
                break;
            case IVariableDeclaratorOperation declarator when declarator.GetVariableInitializer() is { } initializer:
                Of(declarator.Symbol).Initial = initializer.Value;
                break;
        }
    }

    /// <summary>Notes the values that a graph captures: of <c>a ? b : c</c>, <c>??</c>, <c>?.</c> and their like.</summary>
    public void NoteCaptures(ControlFlowGraph graph)
    {
        foreach (var block in graph.Blocks)
        {
            foreach (var operation in block.Operations)
            {
                if (operation is IFlowCaptureOperation capture)
                {
                    // Both sides of a conditional are captured under one id.
                    (captures ??= [])[capture.Id] = captures.TryGetValue(capture.Id, out var first) ? first with { IsOne = false }
                        : new Capture(Count++, capture.Value, IsOne: true);
                }
            }
        }
    }

    /// <summary>What an operation stands for: of a captured value the operation that gives it, where it is one.</summary>
    public IOperation? Origin(IOperation? operation)
        => operation is IFlowCaptureReferenceOperation { Id: var id } && Find(id) is { IsOne: true, Value: var value } ? Origin(value) : operation;

    /// <summary>The local variable or parameter that an operation names, by itself or as a captured value; null where it names none.</summary>
    public ISymbol? Named(IOperation operation) => operation switch
    {
        ILocalReferenceOperation { Local: var local } => local,
        IParameterReferenceOperation { Parameter: var parameter } => parameter,
        IFlowCaptureReferenceOperation { Id: var id } => Find(id) is { Value: not IFlowCaptureReferenceOperation and var value } ? Named(value) : null,
        _ => null,
    };

    private Variable Of(ISymbol symbol)
    {
        if (!symbols.TryGetValue(symbol, out var variable))
        {
            var isGiven = symbol is IParameterSymbol { ContainingSymbol: not IMethodSymbol { MethodKind: MethodKind.LambdaMethod or MethodKind.LocalFunction } };
            symbols.Add(symbol, variable = new Variable(Count++, isGiven));
        }

        return variable;
    }

    private void NoteUse(ISymbol symbol, IOperation reference)
    {
        var variable = Of(symbol);
        if (reference.Parent is not IInvocationOperation { TargetMethod.MethodKind: MethodKind.DelegateInvoke })
        {
            variable.IsNotOnlyCalled = true;
        }

        var (value, parent) = (reference, reference.Parent);
        while (parent is IConversionOperation)
        {
            (value, parent) = (parent, parent.Parent);
        }

        variable.IsHandedOut |= parent switch
        {
            IInvocationOperation invocation => invocation.Instance != value || invocation.TargetMethod.IsInSource() || IsInOtherFunction(symbol, reference),
            IPropertyReferenceOperation { Property: { IsIndexer: false } property } when property.IsInSource() => !ObjectValue.IsStored(property),
            IFieldReferenceOperation or IWithOperation => false,
            _ when reference.Type?.IsValueType == true => false, // others get a copy
            IArgumentOperation { Parent: IInvocationOperation { TargetMethod: var method }, Parameter: var parameter }
                => !method.IsTorchSharps() && !(method.ContainingNamespace?.IsSystems() == true && parameter?.Type.Name == "IEnumerable"),
            IPropertyReferenceOperation or IArrayElementReferenceOperation or IImplicitIndexerReferenceOperation or IForEachLoopOperation or ISpreadOperation => false,
            IReturnOperation => IsInOtherFunction(symbol, reference),
            IAssignmentOperation assignment => assignment.Target != value || assignment.Parent is not IExpressionStatementOperation,
            _ => true,
        };
    }

    private void NoteAssignment(IOperation target)
    {
        switch (target)
        {
            case ITupleOperation tuple:
                foreach (var element in tuple.Elements)
                {
                    NoteAssignment(element);
                }

                break;
            case IConversionOperation conversion:
                NoteAssignment(conversion.Operand);
                break;
            case IConditionalOperation { WhenFalse: { } other } either:
                // (condition ? ref a : ref b) = value
                NoteAlias(either.WhenTrue);
                NoteAlias(other);
                break;
            case ILocalReferenceOperation { IsDeclaration: false } or IParameterReferenceOperation:
                NoteAssignment(Named(target)!, target);
                break;
            case var part when Owner(part) is (ILocalReferenceOperation or IParameterReferenceOperation) and var owner:
                NoteAssignment(Named(owner)!, owner);
                break;
        }
    }

    /// <summary>Through an alias a variable is assigned where nobody sees it.</summary>
    private void NoteAlias(IOperation target)
    {
        NoteAssignment(target);
        if (Named(Owner(target) ?? target) is { } symbol)
        {
            Of(symbol).IsShared = true;
        }
    }

    /// <summary>The object or collection that an operation is a part of; null for other operations.</summary>
    public static IOperation? Owner(IOperation part) => part switch
    {
        IArrayElementReferenceOperation { ArrayReference: var array } => array,
        IImplicitIndexerReferenceOperation { Instance: var list } => list,
        IMemberReferenceOperation { Instance: var owner } => owner,
        _ => null,
    };

    private void NoteAssignment(ISymbol symbol, IOperation place)
    {
        var variable = Of(symbol);
        variable.IsReassigned = true;
        variable.IsShared |= IsInOtherFunction(symbol, place);
    }

    /// <summary>Whether a lambda or local function names a variable that it does not declare.</summary>
    private static bool IsInOtherFunction(ISymbol symbol, IOperation place)
    {
        for (var current = place.Parent; current is not null; current = current.Parent)
        {
            var function = current switch
            {
                IAnonymousFunctionOperation lambda => lambda.Symbol,
                ILocalFunctionOperation local => local.Symbol,
                _ => null,
            };
            if (function is not null)
            {
                return !SymbolEqualityComparer.Default.Equals(function, symbol.ContainingSymbol);
            }
        }

        return false;
    }

    /// <summary>An intermediate value that a graph captures.</summary>
    /// <param name="Slot">Where states keep what is known of it.</param>
    /// <param name="Value">What is captured: of <c>a ??= b</c> what is assigned later, of a conditional its first side.</param>
    /// <param name="IsOne">Whether nothing else is captured under that id.</param>
    internal readonly record struct Capture(int Slot, IOperation Value, bool IsOne);
}
