using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Modules;

/// <summary>
/// The order in which the statements of one block fill the collection in a local variable: one after the other, with branches and loops.
/// </summary>
internal sealed class FilledCollection
{
    private readonly ILocalSymbol local;
    private readonly IReadOnlyDictionary<IOperation, Held> additions;
    private int placed;

    private FilledCollection(ILocalSymbol local, IReadOnlyDictionary<IOperation, Held> additions) => (this.local, this.additions) = (local, additions);

    /// <summary>
    /// The collection in the order of the source; null where that may not be the order in which it is filled: where something else than calls
    /// at its end changes it, or something reads it before it is full.
    /// </summary>
    /// <param name="initial">What the variable is declared with.</param>
    /// <param name="declaration">Where that is; null where it has no declaration of its own.</param>
    /// <param name="additions">The calls that add to it, and what they add.</param>
    /// <param name="root">The body around it.</param>
    public static Held? Read(Held initial, IVariableDeclaratorOperation? declaration, IReadOnlyDictionary<IOperation, Held> additions, IOperation root)
    {
        if (additions.Count == 0 || declaration is null || BlockAround(declaration) is not { } block
            || initial is not { IsOpen: false, Modules: [{ IsCollection: true, IsOrdered: true } collection] }
            || !additions.Keys.All(static call => call is IInvocationOperation { TargetMethod.Name: var name } && Containers.IsAtEnd(name)))
        {
            return null;
        }

        var filled = new FilledCollection(declaration.Symbol, additions);
        var added = filled.Of(block.Operations);
        return filled.placed == additions.Count && filled.IsReadWhenFull(root)
            ? new([collection with { Elements = collection.Elements.AddRange(added) }], IsOpen: false)
            : null;
    }

    private static IBlockOperation? BlockAround(IVariableDeclaratorOperation declaration)
        => declaration.Parent is IVariableDeclarationOperation { Parent: IVariableDeclarationGroupOperation { Parent: IBlockOperation block } } ? block : null;

    /// <summary>What statements add, one after the other.</summary>
    private ImmutableArray<Held> Of(IEnumerable<IOperation> statements) => [.. statements.SelectMany(statement => Of(statement))];

    private ImmutableArray<Held> Of(IOperation? statement)
    {
        switch (statement)
        {
            case null:
            case var other when !Adds(other):
                return [];
            case IExpressionStatementOperation { Operation: var call } when additions.TryGetValue(call, out var added):
                placed++;
                return added is { IsOpen: false, Modules: [{ Rounds: Rounds.One, Elements: var several }] } ? several : [added];
            case IBlockOperation block:
                return Of(block.Operations);
            case IConditionalOperation { Syntax: IfStatementSyntax } branch:
                return [Held.Run(Of(branch.WhenTrue), Rounds.One).Or(Held.Run(Of(branch.WhenFalse), Rounds.One))];
            case ILoopOperation loop:
                var isWhole = !loop.Descendants().Any(static operation => operation is IBranchOperation);
                return [Held.Run(Of(loop.Body), isWhole && RunsAtLeastOnce(loop) ? Rounds.Some : Rounds.Any, isWhole)];
            default:
                return [];
        }
    }

    private bool Adds(IOperation operation) => operation.DescendantsAndSelf().Any(additions.ContainsKey);

    /// <summary>Whether a loop certainly has a first round: it counts from one constant to another, or runs through elements that are listed.</summary>
    private static bool RunsAtLeastOnce(ILoopOperation loop) => loop switch
    {
        IForLoopOperation
        {
            Before: [IVariableDeclarationGroupOperation { Declarations: [{ Declarators: [{ Symbol: var counter } start] }] }],
            Condition: IBinaryOperation { LeftOperand: ILocalReferenceOperation { Local: var compared }, RightOperand.ConstantValue: { HasValue: true, Value: int end } } condition,
        } => SymbolEqualityComparer.Default.Equals(counter, compared) && start.GetVariableInitializer()?.Value.ConstantValue is { HasValue: true, Value: int first }
            && condition.OperatorKind switch
            {
                BinaryOperatorKind.LessThan => first < end,
                BinaryOperatorKind.LessThanOrEqual => first <= end,
                BinaryOperatorKind.GreaterThan => first > end,
                BinaryOperatorKind.GreaterThanOrEqual => first >= end,
                _ => false,
            },
        IForEachLoopOperation { Collection: var collection } => collection.WithoutConversions() switch
        {
            IArrayCreationOperation { Initializer.ElementValues.Length: > 0 } => true,
            ICollectionExpressionOperation { Elements: var elements } => elements.Any(static element => element is not ISpreadOperation),
            _ => false,
        },
        IWhileLoopOperation { ConditionIsTop: false } => true,
        _ => false,
    };

    /// <summary>Whether the code reads the collection only after the last addition, and changes it in no other way.</summary>
    private bool IsReadWhenFull(IOperation root)
    {
        var last = additions.Keys.Max(static call => call.Syntax.Span.End);
        return root.Descendants().All(operation => operation is not ILocalReferenceOperation { Local: var read }
            || !SymbolEqualityComparer.Default.Equals(read, local)
            || IsHarmless(operation, isFull: operation.Syntax.SpanStart > last));
    }

    private bool IsHarmless(IOperation reference, bool isFull)
    {
        var value = reference;
        while (value.Parent is IConversionOperation or IArgumentOperation)
        {
            value = value.Parent;
        }

        return value.Parent switch
        {
            IInvocationOperation call when additions.ContainsKey(call) && call.Receiver() == reference => true,
            IInvocationOperation { Instance: { } instance } call when instance == value => isFull && call.TargetMethod.Name is "ToArray" or "ToList" or "AsReadOnly",
            IPropertyReferenceOperation { Property.IsIndexer: false } property when property.Instance == value => true, // its count
            IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } => false,
            IAssignmentOperation assignment => isFull && assignment.Target != value,
            _ => isFull,
        };
    }
}
