using Microsoft.CodeAnalysis;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>The classes of the modules that an expression may stand for, by its type or, where that leaves them open, by what is put there.</summary>
internal sealed class HeldModules(HeldReader reader)
{
    /// <summary>The classes; of a <c>Sequential</c> in the order of its elements, otherwise each once.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="receiver">The class of the object in whose code it stands.</param>
    public IReadOnlyList<HeldModule> Of(IOperation expression, INamedTypeSymbol receiver)
    {
        var type = expression.WithoutConversions().Type as INamedTypeSymbol;
        var held = reader.Read(expression, receiver).Flat().ToList();
        return type is not null && !type.IsContainer() && !ModuleForward.Of(type).IsUnknown
            ? [new(type, IsMarked: held.Any(static module => module.IsMarked))]
            : type.IsSequential() ? held : [.. held.Distinct()];
    }
}
