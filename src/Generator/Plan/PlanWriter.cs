using System.Text;
using Precision.Generator.Plan.Models;

namespace Precision.Generator.Plan;

/// <summary>Writes plans as Markdown. Columns are not aligned, so that a change of one row is a change of one line.</summary>
internal static class PlanWriter
{
    private const string Head = """
        What each operation of the annotated models runs in on a GPU (CUDA) and on the CPU, as the compiler sees it. Lines are
        counted from the one that names the method. *as given*: in the dtype of its input; *promoted*: in the widest dtype of
        its inputs; *intercepted*: whether the compiler replaces a call that would otherwise keep autocast out or run slower.
        Floating inputs of a model are float32, or what its policy casts them to. Views and other operations that compute
        nothing are left out.
        """;

    public static string Write(string? assembly, IEnumerable<ClassPlan> plans)
    {
        var text = new StringBuilder();
        text.Append("# Precision plan of ").Append(assembly).Append("\n\n").Append(Head.Replace("\r", "")).Append('\n');
        var all = plans.ToArray();
        WriteIndex(text, all);
        foreach (var plan in all)
        {
            text.Append("\n## ").Append(plan.Name).Append("\n\n").Append(plan.Policy).Append('\n');
            foreach (var section in plan.Sections)
            {
                Write(text, section);
            }
        }

        return text.ToString();
    }

    /// <summary>Links to each class and, below it, to each of its tables.</summary>
    private static void WriteIndex(StringBuilder text, IReadOnlyCollection<ClassPlan> plans)
    {
        var anchors = new Dictionary<string, int>(StringComparer.Ordinal);
        text.Append(plans.Count > 0 ? "\n" : "");
        foreach (var plan in plans)
        {
            text.Append("- [").Append(plan.Name).Append("](#").Append(Anchor(plan.Name)).Append(")\n");
            foreach (var section in plan.Sections)
            {
                text.Append("  - [`").Append(section.Title).Append("`](#").Append(Anchor(Heading(section))).Append(")\n");
            }
        }

        // As GitHub makes them: of equal ones, all but the first are numbered.
        string Anchor(string heading)
        {
            var anchor = string.Concat(heading.ToLowerInvariant()
                .Where(static c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')
                .Select(static c => c == ' ' ? '-' : c));
            var count = anchors.TryGetValue(anchor, out var earlier) ? earlier : 0;
            anchors[anchor] = count + 1;
            return count == 0 ? anchor : $"{anchor}-{count}";
        }
    }

    private static string Heading(PlanSection section) => $"`{section.Title}`{(section.File is { } file ? $" in {file}" : "")}";

    private static void Write(StringBuilder text, PlanSection section)
    {
        text.Append("\n### ").Append(Heading(section)).Append("\n\n");
        if (section.Rows.IsEmpty)
        {
            text.Append("No operation that the operation table knows.\n");
            return;
        }

        text.Append("| line | operation | CUDA | CPU | why | intercepted |\n|---|---|---|---|---|---|\n");
        foreach (var row in section.Rows)
        {
            text.Append("| ").Append(row.Line).Append(" | `").Append(row.Operation).Append("` | ").Append(row.Cuda).Append(" | ").Append(row.Cpu)
                .Append(" | ").Append(row.Why).Append(" | ").Append(row.Intercepted).Append(" |\n");
        }
    }
}
