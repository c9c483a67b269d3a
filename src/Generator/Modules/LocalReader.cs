using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Modules;

/// <summary>Finds what is put into a local variable, anywhere in the body around it.</summary>
internal sealed class LocalReader(HeldReader reader, SourceModels models, ILocalSymbol variable)
{
    private readonly List<Held> added = [];
    private Held held = Held.Nothing;

    /// <param name="uses">What the body does with the variable.</param>
    public Held Read(IEnumerable<IOperation> uses)
    {
        foreach (var use in uses)
        {
            Note(use);
        }

        return held.With(added);
    }

    private void Note(IOperation operation)
    {
        switch (operation)
        {
            case IForEachLoopOperation loop when loop.Locals.Any(Is):
                held = held.Or(loop.LoopControlVariable is IVariableDeclaratorOperation ? reader.Read(loop.Collection).Element() : Held.Unknown);
                break;
            case IVariableDeclaratorOperation declarator when Is(declarator.Symbol) && declarator.Parent is not IForEachLoopOperation:
                held = held.Or(reader.Read(declarator.GetVariableInitializer()?.Value));
                break;
            case IAssignmentOperation assignment when IsIt(assignment.Target):
                held = held.Or(reader.Read(assignment.Value));
                break;
            case ISimpleAssignmentOperation { Target: var target, Value: var value } when LocalUses.CollectionOf(target) is { } collection && IsIt(collection):
                added.Add(reader.Read(value));
                break;
            case IInvocationOperation call when Containers.IsAddition(call.TargetMethod.Name) && call.Receiver() is { } receiver && IsIt(receiver):
                added.AddRange(Containers.Added(call.Arguments.Where(argument => !IsIt(argument.Value)).Select(argument => reader.Read(argument.Value)), out _));
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

    private bool Is(ISymbol symbol) => SymbolEqualityComparer.Default.Equals(symbol, variable);

    private bool IsIt(IOperation operation) => operation.WithoutConversions() is ILocalReferenceOperation { Local: var local } && Is(local);

    private bool IsNamedIn(IOperation operation) => operation.DescendantsAndSelf().Any(IsIt);
}
