using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>What runs when a module of a known class is called. At most one of the properties is set.</summary>
/// <param name="Source">The forward in source.</param>
/// <param name="Operation">The row of the operation table, for TorchSharp's modules.</param>
/// <param name="Annotated">The annotated class, whose own policy holds inside.</param>
internal readonly record struct ModuleForward(IMethodSymbol? Source = null, Operation? Operation = null, INamedTypeSymbol? Annotated = null)
{
    /// <summary>Whether nothing is known about it: the class is open, or of another assembly.</summary>
    public bool IsUnknown => Source is null && Operation is null && Annotated is null;

    public static ModuleForward Of(INamedTypeSymbol? type)
    {
        for (var current = type; current is not null && !current.IsGenericModule(); current = current.BaseType)
        {
            if (current.OriginalDefinition.IsAnnotated())
            {
                return new(Annotated: current.OriginalDefinition);
            }

            if (!current.IsInSource())
            {
                return new(Operation: OperationTable.FindModule(current));
            }

            foreach (var member in current.GetMembers(AnnotatedClassAnalysis.Forward))
            {
                if (member is IMethodSymbol { IsOverride: true } forward)
                {
                    return forward.IsAbstract ? default : new(Source: forward);
                }
            }
        }

        return default;
    }
}
