using Microsoft.CodeAnalysis;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>The classes of the modules that an expression may stand for, by its type or, where that leaves them open, by what is put there.</summary>
internal sealed class HeldModules(HeldReader reader)
{
    /// <summary>The classes; of a <c>Sequential</c> in the order of its elements, otherwise each once.</summary>
    public IReadOnlyList<HeldModule> Of(IOperation expression)
    {
        var type = expression.WithoutConversions().Type as INamedTypeSymbol;
        var held = reader.Read(expression).Flat().ToList();
        return type is not null && !type.IsContainer() && !ModuleForward.Of(type).IsUnknown
            ? [new(type, IsMarked: held.Any(static module => module.IsMarked))]
            : type.IsSequential() ? held : [.. held.Distinct()];
    }
}
