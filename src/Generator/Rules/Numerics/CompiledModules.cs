using Microsoft.CodeAnalysis;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;
using Precision.Generator.Rules.Regions;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// The modules of other assemblies that the models of a compilation hold: what the summaries of those assemblies say of them, at the
/// field, property or creation that puts them there.
/// </summary>
internal static class CompiledModules
{
    /// <summary>What is to be reported in one file, or in all of them.</summary>
    /// <param name="flows">The compilation.</param>
    /// <param name="tree">The file; null for all.</param>
    /// <param name="token">Cancels.</param>
    public static IEnumerable<Diagnostic> Diagnostics(FlowContext flows, SyntaxTree? tree, CancellationToken token)
    {
        var unknown = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        var told = new HashSet<(Location, string Rule, string File, int Line, string Message)>();
        foreach (var module in flows.Callers.HoldersOf(token).Compiled)
        {
            token.ThrowIfCancellationRequested();
            var precision = flows.PrecisionOfModel(module.Holder.Model);
            if (module.Holder.IsMarked || precision is not { Kind: ClassKind.Mixed or ClassKind.TrueSixteenBit, Policy: { } policy })
            {
                continue;
            }

            var computes = (policy.Compute.ToDtypes() | flows.ProjectDtypes) & Dtypes.SixteenBit;
            foreach (var compute in computes.ToArray())
            {
                if (ModuleSummary.Of(module.Type, compute.ToDtype(), policy.Autocast) is not { } hazards)
                {
                    // Of each class once, wherever else it is held.
                    if (unknown.Add(module.Type) && IsIn(module, tree))
                    {
                        var assembly = module.Type.ContainingAssembly.Name;
                        yield return Diagnostic.Create(ModuleHasNoSummary.Rule, module.Place, module.Type.Name, assembly, compute.ToText());
                    }

                    continue;
                }

                foreach (var hazard in IsIn(module, tree) ? hazards : [])
                {
                    // A summary may name rules of a newer version. Models that reach the place in several ways, and dtypes that only
                    // the text tells apart, are one report.
                    if (OperationAnalyzer.Rules.FirstOrDefault(rule => rule.Id == hazard.Rule) is { } rule
                        && told.Add((module.Place, hazard.Rule, hazard.File, hazard.Line, Anonymous(hazard))))
                    {
                        yield return Report(rule, module, hazard, flows.Callers.IsMadeElsewhere(module.Owner, token));
                    }
                }
            }
        }
    }

    /// <summary>The rule's diagnostic with a text that names the module: the rule's own text is about an operation.</summary>
    private static Diagnostic Report(DiagnosticDescriptor rule, CompiledModule module, ModuleHazard hazard, bool isPartial)
        => Diagnostic.Create(
            rule.Id,
            rule.Category,
            $"'{module.Type.Name}' of the assembly '{module.Type.ContainingAssembly.Name}', held as {module.Holder.Path}, "
                + $"at {hazard.File}({hazard.Line}): {hazard.Message}",
            hazard.IsWarning && !isPartial ? DiagnosticSeverity.Warning : DiagnosticSeverity.Info,
            rule.DefaultSeverity,
            isEnabledByDefault: true,
            warningLevel: 1,
            title: rule.Title,
            description: rule.Description,
            helpLink: rule.HelpLinkUri,
            location: module.Place);

    private static bool IsIn(CompiledModule module, SyntaxTree? tree) => tree is null || module.Place.SourceTree == tree;

    private static string Anonymous(ModuleHazard hazard) => hazard.Message.Replace(hazard.Compute.ToString(), "");
}
