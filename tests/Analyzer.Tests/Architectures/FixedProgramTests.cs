using Microsoft.CodeAnalysis;
using Precision.Analyzer.Tests.Infrastructure;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Architectures;

/// <summary>The architectures before and after code fixes on libtorch, beside the same weights in float32.</summary>
[Collection(Infrastructure.LibTorch.Collection)]
public class FixedProgramTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Architecture.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task They_run_and_give_what_float32_gives(string name)
    {
        using var scope = NewDisposeScope();
        var references = Run(name, await RuleCompilation.Create(Architecture.Plain(name)));
        Assert.All(references, static reference => Assert.Null(reference.Refusal));
        foreach (var mode in FixTests.Modes)
        {
            using var runs = NewDisposeScope();
            var before = await RuleCompilation.Create(Architecture.Annotated(name, mode));
            var unfixed = Run(name, before);
            Compare($"{name}, {mode}", mode, unfixed, references);

            // libtorch refuses what is reported and has no fix, and nothing else. A loop without loss scaling runs.
            var isRefused = !before.Diagnostics.All(static diagnostic => FixTests.HasFix(diagnostic) || diagnostic.Id == "PRC2003");
            Assert.Equal(isRefused, unfixed.Any(static run => run.Refusal is not null));
            foreach (var after in await Fixed(before))
            {
                var outcomes = Run(name, after);
                Compare($"{name}, {mode}, fixed", mode, outcomes, references);
                Assert.Equal(unfixed.Select(static run => run.Refusal), outcomes.Select(static run => run.Refusal));
                Assert.Equal(unfixed.Select(static run => run.Layers), outcomes.Select(static run => run.Layers));
                Assert.Equal(unfixed.Select(static run => run.Dtypes), outcomes.Select(static run => run.Dtypes));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Of_an_attribute_alone_the_fixes_make_the_annotated_program(string name)
    {
        const string mode = "Dtype.BFloat16, Autocast = false";
        var attributed = await FixedSource.All(await RuleCompilation.Create(Architecture.Attributed(name, mode)));
        var annotated = await FixedSource.All(await RuleCompilation.Create(Architecture.Annotated(name, mode)));
        Assert.Equal(annotated.Source, attributed.Source);
    }

    /// <summary>Results and gradients relative to their size, as far as the mode's rounding goes.</summary>
    private void Compare(string program, string mode, ModelRun.Outcome[] outcomes, ModelRun.Outcome[] references)
    {
        var (ofOutput, ofGradient) = mode.StartsWith("Dtype.Float32", StringComparison.Ordinal) ? (1e-6, 1e-6)
            : mode.StartsWith("Dtype.Float16", StringComparison.Ordinal) ? (0.002, 0.04)
            : (0.015, 0.15);
        foreach (var (outcome, reference) in outcomes.Zip(references))
        {
            if (outcome.Refusal is not null)
            {
                output.WriteLine($"{program}: {outcome.Refusal}");
                continue;
            }

            var distance = outcome.DistanceTo(reference);
            output.WriteLine($"{program}: {distance}");
            Assert.InRange(distance.Output, 0, ofOutput);
            Assert.InRange(distance.Gradient, 0, ofGradient);
            if (mode.EndsWith("Autocast = false", StringComparison.Ordinal))
            {
                Assert.All(outcome.Layers, static layer => Assert.DoesNotContain("Float32", layer, StringComparison.Ordinal));
            }
        }
    }

    /// <summary>The program after all fixes, and after those of each rule alone.</summary>
    private static async Task<IEnumerable<RuleCompilation>> Fixed(RuleCompilation before)
    {
        var results = new List<RuleCompilation> { await FixedSource.All(before) };
        foreach (var id in before.Diagnostics.Select(static diagnostic => diagnostic.Id).Distinct())
        {
            results.Add(await FixedSource.All(before, id));
        }

        return results.Where(result => result.Source != before.Source).DistinctBy(static result => result.Source);
    }

    private static ModelRun.Outcome[] Run(string name, RuleCompilation compilation)
    {
        Assert.Empty(compilation.CompilerErrors);
        var assembly = compilation.Load();
        return [.. ModelRun.Of[name].Select(model => model.In(assembly))];
    }
}
