using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Plan;
using Precision.Generator.Tests.Infrastructure;
using Precision.Generator.Tests.Interception;

namespace Precision.Generator.Tests.Plan;

/// <summary>When the plan's generator works.</summary>
public class PlanIncrementalityTests
{
    private static readonly string[] Sources = [PlanShapes.Source("Attention"), "internal class Unrelated { public int Number = 1; }"];

    [Fact]
    public void While_typing_nothing_runs()
    {
        var run = GeneratorRun.Of(Interceptions.Compile(Sources), [new PrecisionPlanGenerator()], IncrementalGeneratorOutputKind.Implementation, Plans.Wanted);
        Assert.Empty(run.Files);
        Assert.DoesNotContain(PlanTrackingNames.Text, run.Result.TrackedSteps.Keys);
    }

    [Theory]
    [InlineData("")]
    [InlineData("false")]
    public void Without_the_property_there_is_no_plan(string value)
        => Assert.Empty(GeneratorRun.Of(Interceptions.Compile(Sources), [new PrecisionPlanGenerator()], properties: new BuildProperties(("EmitPrecisionPlan", value))).Files);

    [Fact]
    public void Without_annotated_classes_there_is_an_empty_plan()
        => Assert.DoesNotContain("##", Plans.Text("class C;"), StringComparison.Ordinal);

    [Theory]
    [InlineData("Number = 1", "Number = 2", IncrementalStepRunReason.Unchanged)]
    [InlineData("Number = 1", "Number = x.softmax(0)", IncrementalStepRunReason.Unchanged)]
    public void An_edit_of_another_file_leaves_the_text_unchanged(string before, string after, IncrementalStepRunReason reason)
    {
        var compilation = Interceptions.Compile(Sources);
        var tree = compilation.SyntaxTrees[1];
        var edited = tree.WithChangedText(SourceText.From(Sources[1].Replace(before, after, StringComparison.Ordinal)));
        var run = Plans.Run(compilation).Next(compilation.ReplaceSyntaxTree(tree, edited));
        Assert.Equal(reason, Assert.Single(Assert.Single(run.Result.TrackedSteps[PlanTrackingNames.Text]).Outputs).Reason);
        Assert.Equal(IncrementalStepRunReason.Cached, Assert.Single(Assert.Single(run.Result.TrackedOutputSteps).Value.Single().Outputs).Reason);
    }
}
