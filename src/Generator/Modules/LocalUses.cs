using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Modules;

/// <summary>Where a body puts something into its local variables, or hands them on: found in one walk for all of them.</summary>
internal static class LocalUses
{
    public static ILookup<ISymbol, IOperation> Of(IOperation root)
        => root.Descendants()
            .SelectMany(static operation => UsedIn(operation).Distinct<ISymbol>(SymbolEqualityComparer.Default).Select(local => (Local: local, Operation: operation)))
            .ToLookup(static use => use.Local, static use => use.Operation, SymbolEqualityComparer.Default);

    /// <summary>The collection that an assignment puts an element into; null where it does something else.</summary>
    public static IOperation? CollectionOf(IOperation target) => target switch
    {
        IArrayElementReferenceOperation element => element.ArrayReference,
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } collection } => collection,
        _ => null,
    };

    /// <summary>The variables that an operation concerns so.</summary>
    private static IEnumerable<ILocalSymbol> UsedIn(IOperation operation) => operation switch
    {
        IForEachLoopOperation loop => loop.Locals,
        IVariableDeclaratorOperation declarator => [declarator.Symbol],
        IDeconstructionAssignmentOperation { Target: var targets } => targets.DescendantsAndSelf().SelectMany(Named),
        IAssignmentOperation { Target: var target } => Named(CollectionOf(target) ?? target),
        IInvocationOperation call when Containers.IsAddition(call.TargetMethod.Name) && call.Receiver() is { } receiver => Named(receiver),
        IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out, Value: var alias } => alias.DescendantsAndSelf().SelectMany(Named),
        IArgumentOperation { Value: var given } => Named(given),
        IDeclarationPatternOperation { DeclaredSymbol: ILocalSymbol declared } => [declared],
        IRecursivePatternOperation { DeclaredSymbol: ILocalSymbol declared } => [declared],
        _ => [],
    };

    private static IEnumerable<ILocalSymbol> Named(IOperation operation)
        => operation.WithoutConversions() is ILocalReferenceOperation { Local: var local } && local.Type.MayHoldModules() ? [local] : [];
}
