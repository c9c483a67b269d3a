using Microsoft.CodeAnalysis;
using Precision.Generator.Forward;
using Precision.Generator.Forward.Models;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Forward;

/// <summary>What a keystroke makes the generator do again for marked autograd functions.</summary>
public class FunctionIncrementalityTests
{
    private static readonly string Marked = FunctionShapes.Source("CastInputs");
    private const string Unrelated = "public class Unrelated { public int Number = 1; }";

    [Theory]
    [InlineData(1, "Number = 1", "Number = 2")]
    [InlineData(0, "private Tensor ForwardCore", "\n    // a comment\n    private   Tensor ForwardCore")]
    [InlineData(0, ".exp()", ".exp() + 1")]
    [InlineData(0, "=> [gradient]", "=> [gradient * 2]")]
    public void An_edit_of_another_file_of_trivia_or_of_a_body_changes_nothing(int file, string before, string after)
    {
        var run = After(file, before, after);
        var reasons = Reasons(run.Result.TrackedSteps[TrackingNames.Functions].Concat(run.Result.TrackedOutputSteps.SelectMany(static step => step.Value))).ToArray();
        Assert.True(reasons.Length >= 2);
        Assert.All(reasons, static reason => Assert.Contains(reason, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged }));
    }

    [Theory]
    [InlineData("Dtype.Float32", "Dtype.Float16")]
    [InlineData("(CastInputs = Dtype.Float32)", "")]
    [InlineData("namespace Functions;", "namespace Others;")]
    public void An_edit_of_what_is_generated_is_seen(string before, string after)
    {
        var run = After(0, before, after);
        Assert.All(Reasons(run.Result.TrackedSteps[TrackingNames.Functions]), static reason => Assert.Equal(IncrementalStepRunReason.Modified, reason));
        Assert.Contains(IncrementalStepRunReason.Modified, Reasons(run.Result.TrackedOutputSteps.SelectMany(static step => step.Value)));
    }

    [Fact]
    public void An_edit_that_breaks_the_class_removes_the_file_and_its_repair_brings_it_back()
    {
        var broken = After(0, "sealed partial class", "sealed class");
        Assert.Empty(broken.Files);
        Assert.Single(broken.Next(TestCompilation.Create([Marked, Unrelated])).Files);
    }

    [Fact]
    public void Equal_sources_give_equal_models()
        => Assert.Equal(Assert.Single(Models(GeneratorRun.Of(Marked))), Assert.Single(Models(GeneratorRun.Of(Marked))));

    private static GeneratorRun After(int file, string before, string after)
    {
        var compilation = TestCompilation.Create([Marked, Unrelated]);
        return GeneratorRun.Of(compilation).Next(compilation.Edit(file, source => source.Replace(before, after, StringComparison.Ordinal)));
    }

    private static FunctionClass[] Models(GeneratorRun run)
        => [.. run.Result.TrackedSteps[TrackingNames.Functions].SelectMany(static step => step.Outputs).Select(static output => (FunctionClass)output.Value)];

    private static IEnumerable<IncrementalStepRunReason> Reasons(IEnumerable<IncrementalGeneratorRunStep> steps)
        => steps.SelectMany(static step => step.Outputs).Select(static output => output.Reason);
}
