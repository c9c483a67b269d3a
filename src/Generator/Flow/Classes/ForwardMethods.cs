using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Modules;

namespace Precision.Generator.Flow.Classes;

/// <summary>Finds what a module's forward runs.</summary>
internal static class ForwardMethods
{
    /// <summary>
    /// What the user of this compilation writes: <c>ForwardCore</c> of an annotated class, the nearest override of another one. Null
    /// where that is compiled elsewhere.
    /// </summary>
    public static IMethodSymbol? Of(INamedTypeSymbol module)
    {
        var name = PrecisionOfClass.Of(module).Kind is ClassKind.Plain ? AnnotatedClassAnalysis.Forward : AnnotatedClassAnalysis.ForwardCore;
        for (var type = module.OriginalDefinition; type is not null && type.IsInSource(); type = type.BaseType?.OriginalDefinition)
        {
            foreach (var member in type.GetMembers(name))
            {
                if (name == AnnotatedClassAnalysis.ForwardCore ? BodyRegion.IsForward(member) : member is IMethodSymbol { IsOverride: true })
                {
                    return member is IMethodSymbol { IsAbstract: false } method ? method : null;
                }
            }
        }

        return null;
    }
}
