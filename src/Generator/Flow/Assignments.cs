using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Flow;

/// <summary>
/// Which variables of a body are assigned after their declaration. A lambda may see any of their values; and where it assigns
/// one itself, nobody knows when.
/// </summary>
internal sealed class Assignments
{
    private readonly HashSet<ISymbol> reassigned = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> shared = new(SymbolEqualityComparer.Default);

    public Assignments(IOperation root)
    {
        foreach (var operation in root.DescendantsAndSelf())
        {
            switch (operation)
            {
                case IAssignmentOperation assignment:
                    Note(assignment.Target);
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
