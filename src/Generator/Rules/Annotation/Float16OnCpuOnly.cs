using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Forward.Models;

namespace Precision.Generator.Rules.Annotation;

/// <summary>PRC0007: the application has libtorch for CPUs only, so that no GPU asks for Float16.</summary>
internal static class Float16OnCpuOnly
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.Float16OnCpuOnly,
        title: "Float16 where only a CPU will run it",
        messageFormat: "'{0}' computes in Float16, but this application brings libtorch for CPUs only: BFloat16 needs no loss scaling there",
        RuleCategories.Annotation,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "Float16's narrow range makes loss scaling necessary. BFloat16 is as small and needs none; Float16 is for GPUs that do not compute BFloat16.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.Float16OnCpuOnly));

    /// <summary>
    /// Whether nothing but a CPU can run this compilation. Only an application knows: what libtorch a library meets is decided
    /// by who uses it. The property comes from the package's targets.
    /// </summary>
    public static bool IsKnown(Compilation compilation, AnalyzerOptions options)
        => compilation.Options.OutputKind is OutputKind.ConsoleApplication or OutputKind.WindowsApplication
            && options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue("build_property.PrecisionCpuOnly", out var value)
            && value.Equals("true", StringComparison.OrdinalIgnoreCase);

    public static bool Applies(Policy? policy) => policy is { Compute: Dtype.Float16 };

    public static Diagnostic Create(INamedTypeSymbol type, CancellationToken token)
        => Diagnostic.Create(Rule, type.OfAnnotation(token), type.Name);
}
