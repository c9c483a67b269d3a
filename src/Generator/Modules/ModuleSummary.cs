using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace Precision.Generator.Modules;

/// <summary>What the generator has written into an assembly about the modules that it declares.</summary>
internal sealed class ModuleSummary
{
    /// <summary>The attributes, in the namespace that generated code uses.</summary>
    public const string Mark = "ModuleSummaryAttribute", Hazard = "ModuleHazardAttribute", Namespace = "Precision.CompilerServices";

    private static readonly ConditionalWeakTable<IAssemblySymbol, ModuleSummary> ByAssembly = new();

    private readonly bool isWritten;
    private readonly ILookup<string, ModuleHazard> hazards;

    private ModuleSummary(IAssemblySymbol assembly)
    {
        var attributes = assembly.GetAttributes()
            .Where(static attribute => attribute.AttributeClass?.ContainingNamespace.ToDisplayString() == Namespace)
            .ToArray();
        isWritten = attributes.Any(static attribute => attribute.AttributeClass!.Name == Mark);
        hazards = attributes.Select(HazardOf).OfType<ModuleHazard>().ToLookup(static hazard => hazard.Module, StringComparer.Ordinal);
    }

    /// <summary>The hazards of a class in a model of some mode; null where its assembly was compiled without a summary.</summary>
    /// <param name="type">The class.</param>
    /// <param name="compute">What the model computes in; those of both dtypes for <see cref="Dtype.Auto"/>.</param>
    /// <param name="autocast">Whether it opens a region.</param>
    public static IEnumerable<ModuleHazard>? Of(INamedTypeSymbol type, Dtype compute, bool autocast)
        => ByAssembly.GetValue(type.ContainingAssembly, static assembly => new(assembly)) is { isWritten: true } summary
            ? summary.hazards[IdOf(type)].Where(hazard => hazard.Autocast == autocast && (compute is Dtype.Auto || hazard.Compute == compute))
            : null;

    /// <summary>The name of a class in summaries.</summary>
    public static string IdOf(INamedTypeSymbol type) => type.OriginalDefinition.GetDocumentationCommentId() ?? type.Name;

    private static ModuleHazard? HazardOf(AttributeData attribute)
        => attribute.AttributeClass!.Name == Hazard
            && attribute.ConstructorArguments is
            [
                { Value: string module }, { Value: int compute }, { Value: bool autocast }, { Value: string rule },
                { Value: bool isWarning }, { Value: string file }, { Value: int line }, { Value: string message },
            ]
                ? new(module, (Dtype)compute, autocast, rule, isWarning, file, line, message)
                : null;
}
