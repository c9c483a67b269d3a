using System.Collections;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward;
using Precision.Generator.Forward.Models;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Forward;

/// <summary>What a keystroke makes the generator do again.</summary>
public class IncrementalityTests
{
    private static readonly string Annotated = ClassShapes.Source("Simple");
    private const string Unrelated = "public class Unrelated { public int Number = 1; }";

    [Fact]
    public void An_edit_of_another_file_changes_nothing()
        => AssertEverything(
            After(1, source => source.Replace("Number = 1", "Number = 2")),
            IncrementalStepRunReason.Cached,
            IncrementalStepRunReason.Unchanged);

    [Theory]
    [InlineData("private Tensor ForwardCore", "\n    // a comment\n    private   Tensor ForwardCore")]
    [InlineData("layer.call(x)", "layer.call(x) /* same */")]
    public void An_edit_of_trivia_in_the_same_file_changes_nothing(string before, string after)
        => AssertEverything(
            After(0, source => source.Replace(before, after)),
            IncrementalStepRunReason.Cached,
            IncrementalStepRunReason.Unchanged);

    [Theory]
    [InlineData("layer.call(x)", "layer.call(x) + 1")]
    [InlineData("Linear(4, 2)", "Linear(4, 3)")]
    public void An_edit_of_a_body_changes_nothing(string before, string after)
        => AssertEverything(
            After(0, source => source.Replace(before, after)),
            IncrementalStepRunReason.Cached,
            IncrementalStepRunReason.Unchanged);

    [Theory]
    [InlineData("Dtype.BFloat16", "Dtype.Float16")]
    [InlineData("ForwardCore(Tensor x) => layer.call(x)", "ForwardCore(Tensor input) => layer.call(input)")]
    [InlineData("namespace Models;", "namespace Others;")]
    public void An_edit_of_what_is_generated_is_seen(string before, string after)
    {
        var run = After(0, source => source.Replace(before, after));
        Assert.All(Reasons(run.Result.TrackedSteps[TrackingNames.Classes]), reason => Assert.Equal(IncrementalStepRunReason.Modified, reason));
        Assert.Contains(IncrementalStepRunReason.Modified, Reasons(run.Result.TrackedOutputSteps.SelectMany(step => step.Value)));
    }

    [Theory]
    [InlineData("record Input(Tensor X)", "record Input(Tensor X, Tensor? Y)", IncrementalStepRunReason.Modified)]
    [InlineData("Name { get; }", "Name { get; init; }", IncrementalStepRunReason.Modified)]
    [InlineData("=> X + 1", "=> X + 2", IncrementalStepRunReason.Unchanged)]
    [InlineData("int Length", "long Length", IncrementalStepRunReason.Unchanged)]
    public void An_edit_of_what_the_forward_takes_is_seen_where_tensors_are_stored(string before, string after, IncrementalStepRunReason reason)
    {
        var compilation = TestCompilation.Create(
        [
            TestCompilation.Usings + "[MixedPrecision(Dtype.BFloat16)] public partial class Net() : Module<Input, Tensor>(\"n\") { Tensor ForwardCore(Input x) => x.X; }",
            TestCompilation.Usings + "public record Input(Tensor X) { public int Length; public Tensor? Name { get; } public Tensor Next => X + 1; }",
        ]);
        var run = GeneratorRun.Of(compilation).Next(compilation.Edit(1, source => source.Replace(before, after, StringComparison.Ordinal)));
        var expected = reason is IncrementalStepRunReason.Modified ? [reason] : new[] { reason, IncrementalStepRunReason.Cached };
        Assert.All(Reasons(run.Result.TrackedSteps[TrackingNames.Classes]), found => Assert.Contains(found, expected));
    }

    [Fact]
    public void An_edit_that_breaks_the_class_removes_the_file_and_its_repair_brings_it_back()
    {
        var broken = After(0, source => source.Replace("sealed partial class", "sealed class"));
        Assert.Empty(broken.Files);
        Assert.Single(broken.Next(TestCompilation.Create([Annotated, Unrelated])).Files);
    }

    [Fact]
    public void The_order_of_files_does_not_matter()
    {
        var sources = ClassShapes.All.Keys.Where(name => name is not "GlobalNamespace").Select(ClassShapes.Source).ToArray();
        // Every shape in a namespace of its own, so that they live in one compilation.
        sources = [.. sources.Select((source, index) => source.Replace("namespace Models", $"namespace N{index}.Models"))];
        var forwards = GeneratorRun.Of(sources).Text();
        var backwards = GeneratorRun.Of([.. sources.Reverse()]).Text();
        Assert.Equal(forwards, backwards);
    }

    [Fact]
    public void Models_hold_values_only()
    {
        var models = typeof(AnnotatedClass).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(AnnotatedClass).Namespace && !type.IsEnum && !type.IsNested)
            .ToArray();
        Assert.Contains(typeof(AnnotatedClass), models);
        foreach (var model in models)
        {
            var equatable = typeof(IEquatable<>).MakeGenericType(model.IsGenericTypeDefinition ? model.MakeGenericType(model.GetGenericArguments()) : model);
            Assert.True(model.IsGenericTypeDefinition || equatable.IsAssignableFrom(model), $"{model} is not equatable by value");
            foreach (var field in model.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
            {
                Assert.False(
                    field.FieldType.FullName?.Contains("Microsoft.CodeAnalysis", StringComparison.Ordinal) ?? false,
                    $"{model}.{field.Name} keeps a compilation alive");
            }
        }
    }

    [Fact]
    public void No_step_hands_on_an_object_of_the_compiler()
    {
        var outputs = GeneratorRun.Of(Annotated).Result.TrackedSteps[TrackingNames.Classes].SelectMany(step => step.Outputs);
        Assert.All(outputs, output => AssertNoCompilerObject(output.Value, []));
    }

    [Fact]
    public void Equal_sources_give_equal_models()
    {
        var first = Models(GeneratorRun.Of(Annotated));
        var second = Models(GeneratorRun.Of(Annotated));
        Assert.Equal(first, second);
        Assert.Equal(first.Select(model => model.GetHashCode()), second.Select(model => model.GetHashCode()));
    }

    private static GeneratorRun After(int file, Func<string, string> edit)
    {
        var compilation = TestCompilation.Create([Annotated, Unrelated]);
        return GeneratorRun.Of(compilation).Next(compilation.Edit(file, edit));
    }

    private static AnnotatedClass[] Models(GeneratorRun run)
        => [.. run.Result.TrackedSteps[TrackingNames.Classes].SelectMany(step => step.Outputs).Select(output => (AnnotatedClass)output.Value)];

    private static void AssertEverything(GeneratorRun run, params IncrementalStepRunReason[] allowed)
    {
        var reasons = Reasons(run.Result.TrackedSteps[TrackingNames.Classes].Concat(run.Result.TrackedOutputSteps.SelectMany(step => step.Value))).ToArray();
        Assert.True(reasons.Length >= 2);
        Assert.All(reasons, reason => Assert.Contains(reason, allowed));
    }

    private static IEnumerable<IncrementalStepRunReason> Reasons(IEnumerable<IncrementalGeneratorRunStep> steps)
        => steps.SelectMany(step => step.Outputs).Select(output => output.Reason);

    private static void AssertNoCompilerObject(object? value, HashSet<object> seen)
    {
        if (value is null or string || value.GetType().IsPrimitive || value.GetType().IsEnum || !seen.Add(value))
        {
            return;
        }

        Assert.False(value.GetType().FullName!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal), value.GetType().FullName);
        if (value is IEnumerable items)
        {
            foreach (var item in items)
            {
                AssertNoCompilerObject(item, seen);
            }

            return;
        }

        foreach (var field in value.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
        {
            AssertNoCompilerObject(field.GetValue(value), seen);
        }
    }
}
