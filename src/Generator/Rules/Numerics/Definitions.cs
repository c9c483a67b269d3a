using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Interception;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>What variables hold where they are read, for rules that look at how a value is written.</summary>
internal static class Definitions
{
    /// <summary>The expression that a value comes from: of a local variable what was assigned to it, as far as the code shows one.</summary>
    public static IOperation Resolved(this IOperation operation)
    {
        for (var current = operation.WithoutConversions(); ;)
        {
            var value = current switch
            {
                ILocalReferenceOperation { IsDeclaration: false } read => Of(read),
                IConditionalAccessInstanceOperation => FullPrecisionMember.Accessed(current),
                _ => null,
            };
            if (value is null)
            {
                return current;
            }

            current = value.WithoutConversions();
        }
    }

    /// <summary>
    /// What was assigned last to a local variable before it is read: by a statement before it in the same block or in one around it.
    /// Null where a branch, a loop or a lambda may have assigned something else.
    /// </summary>
    public static IOperation? Of(ILocalReferenceOperation read)
    {
        for (IOperation current = read; current.Parent is { } parent; current = parent)
        {
            switch (parent)
            {
                case IAnonymousFunctionOperation or ILocalFunctionOperation when !IsInside(read.Local, parent):
                    return OnlyValue(read);
                case ILoopOperation when Assigns(parent, read.Local) && !IsInside(read.Local, parent):
                    return null;
                case ITryOperation { Body: var body } when current != body && Assigns(body, read.Local):
                    return null;
                case IBlockOperation or ISwitchCaseOperation:
                    var statements = parent is IBlockOperation block ? block.Operations : ((ISwitchCaseOperation)parent).Body;
                    for (var i = statements.IndexOf(current) - 1; i >= 0; i--)
                    {
                        if (Assigns(statements[i], read.Local))
                        {
                            return Value(statements[i], read.Local);
                        }
                    }

                    break;
                case IUsingOperation { Resources: var resources } when resources != current && Assigns(resources, read.Local):
                    return Value(resources, read.Local);
            }
        }

        return null;
    }

    /// <summary>Whether the body around a reference sets a variable at another place than its declaration.</summary>
    public static bool IsAssignedAgain(IOperation reference, ISymbol variable)
        => reference.Root().Descendants().Any(operation => operation is not IVariableDeclaratorOperation && Sets(operation, variable));

    /// <summary>The only value that a variable ever gets, wherever it is read.</summary>
    private static IOperation? OnlyValue(ILocalReferenceOperation read)
    {
        var root = read.Root();
        return root.Descendants().OfType<IVariableDeclaratorOperation>().FirstOrDefault(declarator => Same(declarator.Symbol, read.Local)) is { } declarator
            && declarator.GetVariableInitializer() is { Value: var value }
            && !IsAssignedAgain(read, read.Local)
                ? value
                : null;
    }

    /// <summary>The value that a statement gives to a variable, where it does that alone.</summary>
    private static IOperation? Value(IOperation statement, ILocalSymbol local) => statement switch
    {
        IUsingDeclarationOperation { DeclarationGroup: var group } => Value(group, local),
        IVariableDeclarationGroupOperation group => group.Declarations
            .SelectMany(static declaration => declaration.Declarators)
            .FirstOrDefault(declarator => Same(declarator.Symbol, local))?.GetVariableInitializer()?.Value,
        IExpressionStatementOperation { Operation: ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var assigned }, Value: var value } }
            when Same(assigned, local) && !Assigns(value, local) => value,
        _ => null,
    };

    /// <summary>Whether an operation, or one in it, sets a variable.</summary>
    private static bool Assigns(IOperation operation, ISymbol variable) => operation.DescendantsAndSelf().Any(part => Sets(part, variable));

    private static bool Sets(IOperation operation, ISymbol variable) => operation switch
    {
        IVariableDeclaratorOperation { Symbol: var declared } => Same(declared, variable),
        ILocalReferenceOperation { Local: var named } => Same(named, variable) && IsAssigned(operation),
        IParameterReferenceOperation { Parameter: var named } => Same(named, variable) && IsAssigned(operation),
        _ => false,
    };

    private static bool IsAssigned(IOperation reference) => reference.Parent switch
    {
        IAssignmentOperation assignment => assignment.Target == reference,
        IIncrementOrDecrementOperation or ITupleOperation or IDeclarationExpressionOperation or IAddressOfOperation => true,
        IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } => true,
        _ => false,
    };

    /// <summary>Whether a variable is declared in an operation.</summary>
    private static bool IsInside(ILocalSymbol local, IOperation operation)
        => local.DeclaringSyntaxReferences is [var reference] && operation.Syntax.Span.Contains(reference.Span);

    private static bool Same(ISymbol first, ISymbol second) => SymbolEqualityComparer.Default.Equals(first, second);
}
