using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Rules;

namespace Precision.Generator.Flow;

/// <summary>
/// Which variables of a body are assigned after their declaration. A lambda may see any of their values; and where it assigns
/// one itself, nobody knows when.
/// </summary>
internal sealed class Assignments
{
    private readonly HashSet<ISymbol> reassigned = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> shared = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> handedOut = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> notOnlyCalled = new(SymbolEqualityComparer.Default);

    public Assignments(IOperation root)
    {
        foreach (var operation in root.DescendantsAndSelf())
        {
            switch (operation)
            {
                case IAssignmentOperation assignment:
                    Note(assignment.Target);
                    break;
                case ILocalReferenceOperation { IsDeclaration: false } reference:
                    NoteUse(reference.Local, reference);
                    break;
                case IParameterReferenceOperation reference:
                    NoteUse(reference.Parameter, reference);
                    break;
                case IIncrementOrDecrementOperation increment:
                    Note(increment.Target);
                    break;
                case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument:
                    Note(argument.Value);
                    break;
                case IAddressOfOperation address:
                    NoteAlias(address.Reference);
                    break;
                case IVariableDeclaratorOperation { Symbol.RefKind: not RefKind.None } alias when alias.GetVariableInitializer() is { } initializer:
                    NoteAlias(initializer.Value);
                    break;
            }
        }
    }

    /// <summary>Whether a variable is assigned after its declaration.</summary>
    public bool IsReassigned(ISymbol variable) => reassigned.Contains(variable);

    /// <summary>Whether a lambda or local function assigns a variable that is declared outside of it.</summary>
    public bool IsShared(ISymbol variable) => shared.Contains(variable);

    /// <summary>Whether a variable that holds a collection is given to code that may change the collection or keep it.</summary>
    public bool IsHandedOut(ISymbol variable) => handedOut.Contains(variable);

    /// <summary>Whether a variable that holds a lambda is used for nothing but calling it, and assigned once.</summary>
    public bool IsOnlyCalled(ISymbol variable) => !notOnlyCalled.Contains(variable) && !reassigned.Contains(variable);

    private void NoteUse(ISymbol variable, IOperation reference)
    {
        if (reference.Parent is not IInvocationOperation { TargetMethod.MethodKind: MethodKind.DelegateInvoke })
        {
            notOnlyCalled.Add(variable);
        }

        var (value, parent) = (reference, reference.Parent);
        while (parent is IConversionOperation)
        {
            (value, parent) = (parent, parent.Parent);
        }

        var isKept = parent switch
        {
            IInvocationOperation invocation => invocation.Instance != value,
            IArgumentOperation { Parent: IInvocationOperation { TargetMethod: var method } }
                => !method.IsTorchSharps() && method.ContainingNamespace?.ToString().StartsWith("System", StringComparison.Ordinal) != true,
            IPropertyReferenceOperation or IArrayElementReferenceOperation or IForEachLoopOperation or ISpreadOperation or IReturnOperation => false,
            IAssignmentOperation assignment => assignment.Target != value,
            _ => true,
        };
        if (isKept)
        {
            handedOut.Add(variable);
        }
    }

    private void Note(IOperation target)
    {
        switch (target)
        {
            case ITupleOperation tuple:
                foreach (var element in tuple.Elements)
                {
                    Note(element);
                }

                break;
            case IConversionOperation conversion:
                Note(conversion.Operand);
                break;
            case ILocalReferenceOperation { IsDeclaration: false } reference:
                Note(reference.Local, reference);
                break;
            case IParameterReferenceOperation reference:
                Note(reference.Parameter, reference);
                break;
        }
    }

    /// <summary>Through an alias a variable is assigned where nobody sees it.</summary>
    private void NoteAlias(IOperation target)
    {
        Note(target);
        ISymbol? variable = target switch
        {
            ILocalReferenceOperation { Local: var local } => local,
            IParameterReferenceOperation { Parameter: var parameter } => parameter,
            _ => null,
        };
        if (variable is not null)
        {
            shared.Add(variable);
        }
    }

    private void Note(ISymbol variable, IOperation place)
    {
        reassigned.Add(variable);
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
                if (!SymbolEqualityComparer.Default.Equals(function, variable.ContainingSymbol))
                {
                    shared.Add(variable);
                }

                return;
            }
        }
    }
}
