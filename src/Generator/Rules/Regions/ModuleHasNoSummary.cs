using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Regions;

/// <summary>PRC3007: a model holds a module of an assembly that the generator has written no summary into.</summary>
internal static class ModuleHasNoSummary
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.ModuleHasNoSummary,
        title: "Held module was compiled without a summary",
        messageFormat: "What '{0}' of the assembly '{1}' computes in {2} is not known, as it was compiled without this package's generator; compile it with the package, or keep it in float32 with '[FullPrecision]'",
        RuleCategories.Regions,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "The generator judges the modules of a library as if annotated models held them, and writes what it finds into the library. Without that nothing can be said of a module that a model holds.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.ModuleHasNoSummary));
}
