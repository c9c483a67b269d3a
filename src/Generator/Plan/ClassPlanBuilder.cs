using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Models;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Modules;
using Precision.Generator.Plan.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>Follows one annotated class's forward through every method that it reaches in source.</summary>
internal static class ClassPlanBuilder
{
    /// <summary>The plan of a class without a fault.</summary>
    public static ClassPlan Build(INamedTypeSymbol type, AnnotatedClassAnalysis analysis, BodyReader reader)
    {
        var sections = new List<PlanSection>();
        if (EntryOf(analysis, reader.Token) is { } entry)
        {
            var reached = new HashSet<PlannedBody>();
            var waiting = new Queue<PlannedBody>();
            var entries = reader.EntriesOf(type);
            Reach(new PlannedBody(entry.MostDerivedIn(type).OriginalDefinition, type, PlanMode.Of(analysis.Policy)));
            while (waiting.Count > 0)
            {
                reader.Token.ThrowIfCancellationRequested();
                var section = reader.Read(waiting.Dequeue(), entries);
                sections.Add(section);
                foreach (var row in section.Rows)
                {
                    if (row.Body is { } body)
                    {
                        Reach(body);
                    }
                }
            }

            void Reach(PlannedBody body)
            {
                if (reached.Add(body))
                {
                    waiting.Enqueue(body);
                }
            }
        }

        return new ClassPlan(type.ToDisplayString(), Describe(analysis.Policy), WithoutEmpty(sections));
    }

    /// <summary>The method that the generated forward calls; null where an annotated base of another assembly has it.</summary>
    private static IMethodSymbol? EntryOf(AnnotatedClassAnalysis analysis, CancellationToken token)
        => analysis.Target
            ?? (analysis.AnnotatedBase is { } annotatedBase ? EntryOf(AnnotatedClassAnalysis.Of(annotatedBase.OriginalDefinition, token), token) : null);

    /// <summary>
    /// Leaves out methods without operations, but for the first, and the rows that lead to them. Until nothing changes: a method
    /// may only lead to such methods.
    /// </summary>
    private static ImmutableArray<PlanSection> WithoutEmpty(IReadOnlyList<PlanSection> sections)
    {
        while (true)
        {
            var empty = new HashSet<PlannedBody>(sections.Skip(1).Where(static section => section.Rows.IsEmpty).Select(static section => section.Body));
            if (empty.Count == 0)
            {
                return [.. sections];
            }

            sections =
            [
                .. sections
                    .Where(section => !empty.Contains(section.Body))
                    .Select(section => section with { Rows = section.Rows.RemoveAll(row => row.Body is { } body && empty.Contains(body)) }),
            ];
        }
    }

    private static string Describe(Policy? policy) => policy switch
    {
        null => "[FullPrecision]: autocast off, 16-bit inputs cast to Float32.",
        { Compute: Dtype.Float32 } => "Compute Float32: autocast off, 16-bit inputs cast to Float32." + Output(policy),
        { Autocast: false } => $"True 16-bit: no region, floating inputs cast to {policy.Compute}, parameters {policy.Parameters}." + Output(policy),
        _ => $"A region in {policy.Compute}, parameters {policy.Parameters}." + Output(policy),
    };

    private static string Output(Policy policy)
        => policy.Output is Dtype.Unspecified
            ? " The outermost forward returns Float32."
            : $" Returns {policy.Output}.";
}
