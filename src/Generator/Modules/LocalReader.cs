using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Modules;

/// <summary>Finds what is put into a local variable, anywhere in the body around it.</summary>
internal sealed class LocalReader(HeldReader reader, SourceModels models, ILocalSymbol variable)
{
    private readonly List<Held> added = [];
    private readonly Dictionary<IOperation, Held> additions = [];
    private Held held = Held.Nothing;
    private IVariableDeclaratorOperation? declaration;

    /// <param name="uses">What the body does with the variable.</param>
    /// <param name="body">The body.</param>
    public Held Read(IEnumerable<IOperation> uses, IOperation body)
    {
        foreach (var use in uses)
        {
            Note(use);
        }

        return (added.Count == 0 ? FilledCollection.Read(held, declaration, additions, body) : null) ?? held.With(added.Concat(additions.Values));
    }

    private void Note(IOperation operation)
    {
        switch (operation)
        {
            case IForEachLoopOperation loop when loop.Locals.Any(Is):
                held = held.Or(InLoop(loop, reader.Read(loop.Collection).Element()));
                break;
            case IVariableDeclaratorOperation declarator when Is(declarator.Symbol) && declarator.Parent is not IForEachLoopOperation:
                held = held.Or(reader.Read(declarator.GetVariableInitializer()?.Value));
                declaration = declarator;
                break;
            case IAssignmentOperation assignment when IsIt(assignment.Target):
                held = held.Or(reader.Read(assignment.Value));
                break;
            case ISimpleAssignmentOperation { Target: var target, Value: var value } when LocalUses.CollectionOf(target) is { } collection && IsIt(collection):
                added.Add(reader.Read(value));
                break;
            case IInvocationOperation call when Containers.IsAddition(call.TargetMethod.Name) && call.Receiver() is { } receiver && IsIt(receiver):
                var elements = Containers.Added(call.Arguments.Where(argument => !IsIt(argument.Value)).Select(argument => reader.Read(argument.Value)), out var isOrdered);
                additions[call] = Held.Run(elements, isOrdered ? Rounds.One : Rounds.Any, isOrdered);
                break;
            case IDeclarationPatternOperation { DeclaredSymbol: ILocalSymbol declared } when Is(declared):
            case IRecursivePatternOperation { DeclaredSymbol: ILocalSymbol recursive } when Is(recursive):
            case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out, Value: var alias } when IsNamedIn(alias):
            case IDeconstructionAssignmentOperation { Target: var targets } when IsNamedIn(targets):
                held = held.OrUnknown();
                break;
            case IArgumentOperation { Value: var given, Parent: IInvocationOperation { TargetMethod: var method } } when IsIt(given) && models.Declares(method):
                added.Add(Held.Unknown); // it may fill the collection
                break;
        }
    }

    /// <summary>The variable, or the part of a deconstructed element that it stands for.</summary>
    private Held InLoop(IForEachLoopOperation loop, Held element) => loop.LoopControlVariable switch
    {
        IVariableDeclaratorOperation => element,
        IDeclarationExpressionOperation { Expression: ITupleOperation { Elements: var parts } } => element.Part(parts.IndexOf(parts.FirstOrDefault(IsIt)!)),
        ITupleOperation { Elements: var parts } when parts.FirstOrDefault(IsNamedIn) is IDeclarationExpressionOperation { Expression: ILocalReferenceOperation } part
            => element.Part(parts.IndexOf(part)),
        _ => Held.Unknown,
    };

    private bool Is(ISymbol symbol) => SymbolEqualityComparer.Default.Equals(symbol, variable);

    private bool IsIt(IOperation operation) => operation.WithoutConversions() is ILocalReferenceOperation { Local: var local } && Is(local);

    private bool IsNamedIn(IOperation operation) => operation.DescendantsAndSelf().Any(IsIt);
}
