using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// Everything that a tensor is computed from: operands of operators and of TorchSharp's functions, elements of collections, and what is behind
/// names that are assigned once. Layers are ends.
/// </summary>
internal sealed class Sources(AssignedOnce names)
{
    private readonly HashSet<(SyntaxNode, OperationKind)> seen = [];
    private readonly List<IOperation> found = [];

    /// <summary>The operations, the expression itself first.</summary>
    public static IReadOnlyList<IOperation> Of(IOperation expression, OperationContext context)
    {
        var sources = new Sources(context.Names);
        sources.Add(expression);
        return sources.found;
    }

    private void Add(IOperation? expression)
    {
        for (var current = expression?.WithoutConversions(); current is not null && seen.Add((current.Syntax, current.Kind)); current = names.Next(current)?.WithoutConversions())
        {
            found.Add(current);
            foreach (var operand in Operands(current))
            {
                Add(operand);
            }
        }
    }

    private static IEnumerable<IOperation?> Operands(IOperation operation) => operation switch
    {
        IInvocationOperation { TargetMethod: { Name: not (OperationTable.Call or OperationTable.Forward) } method } call
            when method.IsTorchSharps() || method.ContainingNamespace?.IsSystems() == true
            => call.Arguments.Select(static argument => argument.Value).Where(MayBeTensors).Append(call.Instance),
        IBinaryOperation binary => [binary.LeftOperand, binary.RightOperand],
        IUnaryOperation { Operand: var operand } => [operand],
        IConditionalOperation { WhenFalse: { } other } either => [either.WhenTrue, other],
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: var owner } => [owner],
        IFieldReferenceOperation { Field.ContainingType.IsTupleType: true, Instance: var tuple } => [tuple],
        IArrayElementReferenceOperation { ArrayReference: var array } => [array],
        IArrayCreationOperation { Initializer.ElementValues: var elements } => elements,
        ICollectionExpressionOperation { Elements: var elements } => elements,
        ITupleOperation { Elements: var elements } => elements,
        _ => [],
    };

    private static bool MayBeTensors(IOperation argument)
        => argument.WithoutConversions() is { ConstantValue.HasValue: false, Type: { SpecialType: SpecialType.None, TypeKind: not TypeKind.Enum } };
}
