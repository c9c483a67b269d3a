using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Models;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward;

/// <summary>Turns the symbol of an annotated class into the value model that the pipeline caches.</summary>
internal static class AnnotatedClassBuilder
{
    /// <summary>The model; null where the class has a fault, which an analyzer reports.</summary>
    public static AnnotatedClass? Build(INamedTypeSymbol type, CancellationToken token)
    {
        var analysis = AnnotatedClassAnalysis.Of(type, token);
        return analysis.Fault is not AnnotationFault.None
            ? null
            : new AnnotatedClass(
                SourceNames.HintName(type),
                type.ContainingNamespace.ToSource(),
                PartialType.Declarations(type),
                type.Name,
                analysis.Policy,
                analysis.AnnotatedBase is not null,
                type.IsSealed,
                Forward(type, analysis));
    }

    private static ForwardMethod? Forward(INamedTypeSymbol type, AnnotatedClassAnalysis analysis)
    {
        if (analysis.Target is not { } target)
        {
            return null;
        }

        // Types from Module<…>, whose nullability and tuple names an override must keep; names and defaults from the target.
        var types = analysis.Module!.TypeArguments;
        var values = new ValueShapes(type.ContainingAssembly, type);
        var parameters = ImmutableArray.CreateBuilder<ForwardParameter>(target.Parameters.Length);
        var firstOptional = FirstOptional(target);
        for (var i = 0; i < target.Parameters.Length; i++)
        {
            parameters.Add(new ForwardParameter(
                SourceNames.Escape(target.Parameters[i].Name),
                types[i].ToSource(),
                i < firstOptional ? null : DefaultValues.ToSource(target.Parameters[i]),
                values.Of(types[i])));
        }

        var result = types[types.Length - 1];
        return new ForwardMethod(
            target.Name == AnnotatedClassAnalysis.ForwardCore ? ForwardTarget.ForwardCore : ForwardTarget.BaseForward,
            new(parameters.MoveToImmutable()),
            result.ToSource(keepsDynamic: !(result.HoldsDynamic() && type.HidesDynamic())), // object is the same to an override
            values.Of(result),
            target.NeedsObsoleteCaller());
    }

    /// <summary>Where the optional parameters at the end begin: attributes can make one optional before others that are not.</summary>
    private static int FirstOptional(IMethodSymbol target)
    {
        var first = target.Parameters.Length;
        while (first > 0 && DefaultValues.ToSource(target.Parameters[first - 1]) is not null)
        {
            first--;
        }

        return first;
    }
}
