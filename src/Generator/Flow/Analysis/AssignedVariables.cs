using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;

namespace Precision.Generator.Flow.Analysis;

/// <summary>Finds the variables that a region of a control-flow graph may assign.</summary>
internal static class AssignedVariables
{
    /// <summary>The variables, in the order of the text. A list that grows is one of them.</summary>
    public static List<ISymbol> In(ControlFlowRegion region, ControlFlowGraph graph, Variables variables)
    {
        var assigned = new List<ISymbol>();
        for (var i = region.FirstBlockOrdinal; i <= region.LastBlockOrdinal; i++)
        {
            foreach (var operation in graph.Blocks[i].Operations)
            {
                foreach (var descendant in operation.DescendantsAndSelf())
                {
                    switch (descendant)
                    {
                        case IAssignmentOperation assignment:
                            Add(assignment.Target, variables, assigned);
                            break;
                        case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument:
                            Add(argument.Value, variables, assigned);
                            break;
                        case IInvocationOperation { Instance: { } instance }:
                            Add(instance, variables, assigned);
                            break;
                    }
                }
            }
        }

        return assigned;
    }

    private static void Add(IOperation target, Variables variables, List<ISymbol> assigned)
    {
        switch (target)
        {
            case ITupleOperation tuple:
                foreach (var element in tuple.Elements)
                {
                    Add(element, variables, assigned);
                }

                break;
            case IConversionOperation conversion:
                Add(conversion.Operand, variables, assigned);
                break;
            case IDeclarationExpressionOperation declaration:
                Add(declaration.Expression, variables, assigned);
                break;
            case var part when Variables.Owner(part) is { } owner:
                Add(owner, variables, assigned);
                break;
            case IFlowCaptureReferenceOperation { Id: var id } when variables.Find(id) is { Value: not IFlowCaptureReferenceOperation and var value }:
                Add(value, variables, assigned);
                break;
            default:
                if (variables.Named(target) is { } variable)
                {
                    assigned.Add(variable);
                }

                break;
        }
    }
}
