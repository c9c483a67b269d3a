using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Models;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0011: an input or a result holds tensors that the generated forward cannot replace by their casts.</summary>
internal static class TensorsOutOfReach
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.TensorsOutOfReach,
        title: "Tensors that the generated forward cannot reach",
        messageFormat: "The forward of '{0}' leaves the tensors in '{1}' as they are, because {2}",
        RuleCategories.Annotation,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "The generated forward casts the tensors in records, classes, tuples and collections by copying what holds them. "
            + "Where it cannot, inputs and results keep their dtype.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.TensorsOutOfReach));

    /// <summary>The diagnostics for a class without a fault. A warning where the policy casts the value; in a region inputs need no cast.</summary>
    public static IEnumerable<Diagnostic> Find(INamedTypeSymbol type, AnnotatedClassAnalysis analysis, CancellationToken token)
    {
        if (analysis.Target is null)
        {
            return [];
        }

        var types = analysis.Module!.TypeArguments;
        var (inputs, results) = (new ValueShapes(type.ContainingAssembly, type), new ValueShapes(type.ContainingAssembly, type));
        foreach (var input in types.Take(types.Length - 1))
        {
            inputs.Of(input);
        }

        results.Of(types[types.Length - 1]);
        return Report(inputs, CastsInputs(analysis.Policy))
            .Concat(Report(results, analysis.Policy is { Output: not Dtype.Unspecified }))
            .GroupBy(static found => found.Tensors.Place)
            .Select(found => Diagnostic.Create(
                Rule,
                type.OfName(token),
                found.Any(static one => one.IsCast) ? DiagnosticSeverity.Warning : DiagnosticSeverity.Info,
                additionalLocations: null,
                properties: null,
                type.Name,
                found.Key,
                found.First().Tensors.Reason));
    }

    private static IEnumerable<(UnreachedTensors Tensors, bool IsCast)> Report(ValueShapes values, bool isCast)
        => values.Unreached.Select(tensors => (tensors, isCast));

    private static bool CastsInputs(Policy? policy) => policy is null or { Compute: Dtype.Float32 } or { Autocast: false };
}
