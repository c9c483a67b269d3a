using System.Reflection;
using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Interception;
using Precision.Generator.Interception.Models;
using Precision.Generator.Operations;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Interception;

/// <summary>What an edit makes the interception generator do again, in a build and while typing.</summary>
public class InterceptionIncrementalityTests
{
    private static readonly string[] Sources =
    [
        CallShapes.Source("Pinned"),
        CallShapes.Source("Modules"),
        "internal class Unrelated { public int Number = 1; }",
    ];

    [Fact]
    public void While_typing_nothing_runs()
    {
        var run = GeneratorRun.Of(Interceptions.Compile(Sources), [new InterceptionGenerator()], IncrementalGeneratorOutputKind.Implementation);
        Assert.Empty(run.Files);
        Assert.DoesNotContain(InterceptionTrackingNames.Calls, run.Result.TrackedSteps.Keys);
    }

    [Fact]
    public void An_edit_of_a_file_without_such_calls_changes_nothing()
    {
        var run = After(2, static source => source.Replace("Number = 1", "Number = 2", StringComparison.Ordinal));
        Assert.All(Outputs(run).Concat(Steps(run)), static reason => Assert.Contains(reason, Kept));
    }

    [Theory]
    [InlineData("x.softmax(-1)", "x.softmax(-2)")]
    [InlineData("public static class Calls", "// a comment\npublic static class Calls")]
    [InlineData("x.log_softmax(-1),", "")]
    public void An_edit_of_a_file_concerns_that_file_alone(string before, string after)
    {
        var run = After(0, source => source.Replace(before, after, StringComparison.Ordinal));
        Assert.Equal([IncrementalStepRunReason.Modified, IncrementalStepRunReason.Unchanged], Steps(run).Order());
        Assert.Single(Outputs(run), static reason => reason is IncrementalStepRunReason.Modified);
        run.Load();
    }

    [Fact]
    public void The_order_of_files_does_not_matter()
    {
        // The same files by the same names, added in the other order.
        var compilation = Interceptions.Compile(Sources);
        var trees = compilation.SyntaxTrees.Reverse().ToArray();
        var reversed = compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(trees);
        Assert.Equal(Interceptions.Run(compilation).Text(), Interceptions.Run(reversed).Text());
    }

    [Fact]
    public void Models_hold_values_only()
    {
        var models = typeof(InterceptedCall).Assembly.GetTypes().Where(type => type.Namespace == typeof(InterceptedCall).Namespace && !type.IsNested).ToArray();
        Assert.Equal(4, models.Length);
        Assert.All(models, static model =>
        {
            Assert.True(typeof(IEquatable<>).MakeGenericType(model).IsAssignableFrom(model));
            Assert.All(
                model.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public),
                static field => Assert.DoesNotContain("Microsoft.CodeAnalysis", field.FieldType.FullName));
        });
    }

    /// <summary>The run time tells softmax modules apart, and gets one policy for all.</summary>
    [Fact]
    public void The_softmax_family_has_one_policy()
        => Assert.Single(OperationTable.All.Where(static operation => operation.IsPinned).Select(static operation => (operation.Cuda, operation.Cpu)).Distinct());

    private static readonly IncrementalStepRunReason[] Kept = [IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged];

    private static GeneratorRun After(int file, Func<string, string> edit)
    {
        var compilation = Interceptions.Compile(Sources);
        var run = GeneratorRun.Of(compilation, [new InterceptionGenerator()]);
        Assert.Equal(2, run.Files.Length);
        return run.Next(compilation.Edit(file, edit));
    }

    private static IEnumerable<IncrementalStepRunReason> Steps(GeneratorRun run)
        => run.Result.TrackedSteps[InterceptionTrackingNames.Files].SelectMany(static step => step.Outputs).Select(static output => output.Reason);

    private static IEnumerable<IncrementalStepRunReason> Outputs(GeneratorRun run)
        => run.Result.TrackedOutputSteps.SelectMany(static step => step.Value).SelectMany(static step => step.Outputs).Select(static output => output.Reason);
}
