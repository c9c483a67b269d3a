using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Analyzer.Tests.Architectures;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.Analyzer.Tests.Programs;
using Precision.Generator.Plan;

namespace Precision.Analyzer.Tests.Plan;

/// <summary>How much of models as people write them the plan knows.</summary>
public class KnownRowTests
{
    /// <summary>What a row says instead of a dtype that is not known.</summary>
    private static readonly string[] Unknown =
        ["?", "as given", "promoted", "as its target", "as its weight", "as its argument", "as the call says"];

    [Theory]
    [InlineData("architectures", "region", 1)]
    [InlineData("architectures", "fp16", 1)]
    [InlineData("architectures", "bf16", 1)]
    [InlineData("program", "region", 0)]
    [InlineData("program", "fp16", 0)]
    [InlineData("program", "bf16", 0)]
    public void Few_rows_say_no_dtype(string source, string mode, int percent)
    {
        var rows = SourcesOf(source, Mode.Of(mode)).SelectMany(RowsOf).ToArray();
        var unknown = rows.Where(static row => Unknown.Contains(row.Cuda) || Unknown.Contains(row.Cpu)).ToArray();
        Assert.True(rows.Length > 150, $"{rows.Length} rows");
        Assert.True(
            unknown.Length * 100 <= rows.Length * percent,
            $"{unknown.Length} of {rows.Length} rows:\n{string.Join('\n', unknown.Select(static row => row.Text))}");
    }

    private static IEnumerable<string[]> SourcesOf(string source, Mode mode)
        => source == "program"
            ? [MarkedSource.Folder("Sources").In(mode)]
            : Architecture.Names.Select(name => new[] { Architecture.Annotated(name, mode.Arguments) });

    /// <summary>The rows of operations, without those that lead to another table.</summary>
    private static IEnumerable<(string Text, string Cuda, string Cpu)> RowsOf(string[] files)
    {
        var options = new BuildProperties(ImmutableDictionary<string, string>.Empty.Add("EmitPrecisionPlan", "true"));
        var driver = CSharpGeneratorDriver.Create(
            [new PrecisionPlanGenerator().AsSourceGenerator()], parseOptions: RuleCompilation.ParseOptions, optionsProvider: options);
        var plan = Assert.Single(driver.RunGenerators(RuleCompilation.Compile(files)).GetRunResult().GeneratedTrees).ToString();
        var (title, result) = ("", new List<(string, string, string)>());
        foreach (var line in plan.Split('\n'))
        {
            title = line.StartsWith("### ", StringComparison.Ordinal) ? line : title;
            if (line.StartsWith("| ", StringComparison.Ordinal)
                && line.Split(" | ") is [_, _, { Length: > 0 } cuda, var cpu, ..] && cuda is not "CUDA")
            {
                result.Add(($"{line} {title}", cuda, cpu));
            }
        }

        return result;
    }
}
