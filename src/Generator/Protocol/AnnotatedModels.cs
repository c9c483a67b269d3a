using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward.Models;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>Finds the annotated model that a call runs, and what it computes in.</summary>
internal static class AnnotatedModels
{
    /// <summary>Models inside models are looked for so far.</summary>
    private const int MaximumDepth = 3;

    /// <summary>The dtypes of the annotated models that a call runs.</summary>
    public static ModelDtypes DtypesOf(IInvocationOperation call, Frame frame)
        => call.Instance is { } instance && call.TargetMethod.ContainingType.DerivesFromModule() ? DtypesOf(TypeOf(instance, frame), 0)
            : ModelDtypes.None;

    /// <summary>The policy of the annotated class that an object is of; null where it is of none.</summary>
    public static Policy? PolicyOf(IOperation instance, Frame frame)
        => TypeOf(instance, frame) is { } type && type.FindMixedPrecisionClass() is { } annotated
            ? annotated.OriginalDefinition.FindMixedPrecision()!.ReadPolicy() : null;

    /// <summary>Whether an object is of an annotated class.</summary>
    public static bool IsAnnotated(IOperation instance, Frame frame)
        => TypeOf(instance, frame) is { } type && type.FindMixedPrecisionClass() is not null;

    /// <summary>Whether an object is of an annotated class, or holds one that is.</summary>
    public static bool HoldsAnnotated(IOperation instance, Frame frame) => DtypesOf(TypeOf(instance, frame), 0) is not ModelDtypes.None;

    private static ModelDtypes DtypesOf(INamedTypeSymbol? type, int depth)
    {
        if (type is null || depth > MaximumDepth)
        {
            return ModelDtypes.None;
        }

        if (type.FindMixedPrecisionClass() is { } annotated)
        {
            return annotated.OriginalDefinition.FindMixedPrecision()!.ReadPolicy()?.Compute switch
            {
                Dtype.Float16 => ModelDtypes.Float16,
                Dtype.BFloat16 => ModelDtypes.BFloat16,
                _ => ModelDtypes.Other,
            };
        }

        var dtypes = ModelDtypes.None;
        if (type.IsInSource() && type.FindFullPrecision() is null)
        {
            foreach (var member in type.GetMembers())
            {
                if (member is IFieldSymbol { Type: INamedTypeSymbol held } && held.IsInSource() && held.DerivesFromModule()
                    && member.FindFullPrecision() is null && !SymbolEqualityComparer.Default.Equals(held, type))
                {
                    dtypes |= DtypesOf(held, depth + 1);
                }
            }
        }

        return dtypes;
    }

    /// <summary>The class of an object: of a variable declared as a base class, that of what is assigned to it.</summary>
    private static INamedTypeSymbol? TypeOf(IOperation instance, Frame frame)
    {
        var value = instance.WithoutConversions();
        for (var depth = 0; depth < MaximumDepth; depth++)
        {
            if (value.Type is INamedTypeSymbol { IsAbstract: false } type && !type.IsGenericModule())
            {
                return type;
            }

            switch (value)
            {
                case ILocalReferenceOperation { Local: var local } when frame.Code.AssignedTo(local) is [{ } assigned]:
                    value = assigned.WithoutConversions();
                    break;
                case IParameterReferenceOperation { Parameter: var parameter } when frame.ArgumentOf(parameter) is var (argument, caller):
                    (value, frame) = (argument.WithoutConversions(), caller);
                    break;
                default:
                    return value.Type as INamedTypeSymbol;
            }
        }

        return value.Type as INamedTypeSymbol;
    }
}
