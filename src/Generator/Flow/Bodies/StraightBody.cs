using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Flow.Bodies;

/// <summary>
/// Bodies whose statements run one after the other, as those of most methods do. Their operations are those of their control-flow
/// graph, which would be a copy.
/// </summary>
internal static class StraightBody
{
    /// <summary>
    /// Whether an operation is the same in a control-flow graph. Of all kinds that may hand control on, and of those that graphs take
    /// apart, it is not.
    /// </summary>
    public static bool Allows(IOperation operation) => operation.Kind switch
    {
        OperationKind.Binary => operation is IBinaryOperation { OperatorKind: not (BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr) },
        OperationKind.ObjectCreation => ((IObjectCreationOperation)operation).Initializer is null,
        OperationKind.Return => operation.Parent is IBlockOperation { Parent: not IBlockOperation, Operations: [.., var last] } && last == operation,
        OperationKind.MethodBody or OperationKind.ConstructorBody or OperationKind.Block or OperationKind.ExpressionStatement
            or OperationKind.VariableDeclarationGroup or OperationKind.VariableDeclaration or OperationKind.VariableDeclarator
            or OperationKind.VariableInitializer or OperationKind.FieldInitializer or OperationKind.PropertyInitializer or OperationKind.Empty
            or OperationKind.Invocation or OperationKind.Argument or OperationKind.LocalReference or OperationKind.ParameterReference
            or OperationKind.FieldReference or OperationKind.PropertyReference or OperationKind.InstanceReference or OperationKind.Literal
            or OperationKind.DefaultValue or OperationKind.Conversion or OperationKind.Unary or OperationKind.SimpleAssignment
            or OperationKind.CompoundAssignment or OperationKind.DeconstructionAssignment or OperationKind.DeclarationExpression
            or OperationKind.Tuple or OperationKind.ArrayCreation or OperationKind.ArrayInitializer or OperationKind.ArrayElementReference
            or OperationKind.CollectionExpression or OperationKind.Discard or OperationKind.NameOf or OperationKind.TypeOf => true,
        _ => false,
    };

    /// <summary>The statements of a body in the order of running, without the blocks around them.</summary>
    public static ImmutableArray<IOperation> Statements(IOperation root)
    {
        var statements = ImmutableArray.CreateBuilder<IOperation>();
        Add(root);
        return statements.ToImmutable();

        void Add(IOperation? operation)
        {
            switch (operation)
            {
                case null:
                    break;
                case IMethodBodyOperation method:
                    Add(method.BlockBody ?? method.ExpressionBody);
                    break;
                case IConstructorBodyOperation constructor:
                    Add(constructor.Initializer);
                    Add(constructor.BlockBody ?? constructor.ExpressionBody);
                    break;
                case IBlockOperation block:
                    foreach (var statement in block.Operations)
                    {
                        Add(statement);
                    }

                    break;
                default:
                    statements.Add(operation);
                    break;
            }
        }
    }
}
