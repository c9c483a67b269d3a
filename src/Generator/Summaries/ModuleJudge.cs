using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Interception;
using Precision.Generator.Modules;
using Precision.Generator.Rules.Numerics;

namespace Precision.Generator.Summaries;

/// <summary>Asks the rules what they would report of a module in an annotated model that holds it.</summary>
internal sealed class ModuleJudge(Compilation compilation, AnalyzerConfigOptionsProvider options, CancellationToken token)
{
    private readonly FlowContext flows = new(compilation, options, new SourceModels(compilation, token));

    /// <summary>What they would report of a module in every mode, each place once, in the order of the source.</summary>
    public IEnumerable<ModuleHazard> Judge(INamedTypeSymbol module)
    {
        var assumed = flows;
        foreach (var mode in SummarisedModes.All)
        {
            assumed = assumed.Assuming(new AssumedModel(module, mode));
            foreach (var hazard in Diagnostics(assumed)
                .Where(IsReported)
                .Select(diagnostic => HazardOf(module, mode, diagnostic))
                .Distinct()
                .OrderBy(static hazard => hazard.File, StringComparer.Ordinal)
                .ThenBy(static hazard => hazard.Line)
                .ThenBy(static hazard => hazard.Rule, StringComparer.Ordinal)
                .ThenBy(static hazard => hazard.Message, StringComparer.Ordinal))
            {
                yield return hazard;
            }
        }
    }

    private List<Diagnostic> Diagnostics(FlowContext assumed)
    {
        // What it holds of other assemblies in turn is its own affair to whoever holds it.
        var found = CompiledModules.Diagnostics(assumed, tree: null, token).ToList();
        foreach (var method in assumed.EntriesOf(token).Methods)
        {
            token.ThrowIfCancellationRequested();
            if (assumed.PrecisionOf(method.ContainingType).Kind is ClassKind.Plain
                && assumed.BodyOf(method, token) is { IsReadable: true, Root: var root })
            {
                foreach (var operation in root.Descendants())
                {
                    OperationRules.Analyze(new(operation, method, options, found.Add, token), assumed);
                }
            }
        }

        return found;
    }

    /// <summary>Whether the library itself does not silence it: by a pragma, an attribute or its options.</summary>
    private bool IsReported(Diagnostic diagnostic)
        => CompilationWithAnalyzers.GetEffectiveDiagnostics([diagnostic], compilation).Any(static effective => !effective.IsSuppressed);

    private static ModuleHazard HazardOf(INamedTypeSymbol module, PrecisionOfClass mode, Diagnostic diagnostic)
    {
        var place = diagnostic.Location.GetLineSpan();
        return new(
            ModuleSummary.IdOf(module),
            mode.Policy!.Compute,
            mode.Policy.Autocast,
            diagnostic.Id,
            diagnostic.Severity is DiagnosticSeverity.Warning,
            InterceptionGenerator.FileName(place.Path),
            place.StartLinePosition.Line + 1,
            diagnostic.GetMessage(CultureInfo.InvariantCulture));
    }
}
