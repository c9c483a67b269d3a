using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Precision.Analyzer.Tests.Architectures;
using Precision.Analyzer.Tests.Infrastructure;
using TorchSharp;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.RandomFixes;

/// <summary>
/// Models that nobody thought of, after all their fixes: they compile, nothing is reported, and they give on libtorch what they
/// give in float64. A failure names the seed that repeats it.
/// </summary>
[Collection(LibTorch.Collection)]
public class RandomFixTests(ITestOutputHelper output)
{
    private const int Models = 12;

    /// <summary>Far more fixes than a model needs one after the other.</summary>
    private const int MaximumFixes = 40;

    [Fact]
    public Task Known_models_are_repaired() => Repair(seed: 20260101);

    [Fact]
    public Task New_models_are_repaired() => Repair(Random.Shared.Next());

    private async Task Repair(int seed)
    {
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        var models = RandomModel.Some(random, Models);
        var before = await RuleCompilation.Create(TestReferences.Usings + string.Concat(models.Select(static model => model.Text)));
        Assert.True(!before.CompilerErrors.Any(), $"Seed {seed}: {string.Join('\n', before.CompilerErrors)}");
        var references = Run(models, (await RuleCompilation.Create(TestReferences.Usings + string.Concat(models.Select(static model => model.Reference)))).Load());
        var unfixed = Run(models, before.Load());
        var faults = new List<string>();
        var compared = 0;
        foreach (var after in new[] { await InOrder(before), await InRandomOrder(before, random) })
        {
            Assert.True(!after.CompilerErrors.Any(), $"Seed {seed}: {string.Join('\n', after.CompilerErrors)}\n{after.Source}");
            Assert.True(!after.Diagnostics.Any(diagnostic => FixTests.HasFix(diagnostic) && Ran(models, unfixed, after, diagnostic)), $"Seed {seed}: {string.Join('\n', after.Diagnostics)}\n{after.Source}");
            Assert.True(after.CompilerWarnings.SequenceEqual(before.CompilerWarnings), $"Seed {seed}: {string.Join(' ', after.CompilerWarnings)}\n{after.Source}");
            var results = Run(models, after.Load());
            for (var i = 0; i < models.Length; i++)
            {
                compared += results[i].Refusal is null ? 1 : 0;
                if (Fault(models[i], results[i], unfixed[i], references[i]) is { } fault)
                {
                    faults.Add($"{models[i].Name}: {fault}\n{models[i].Text}\n{TextOf(after, models[i])}");
                }
            }
        }

        output.WriteLine($"{before.Diagnostics.Length} reports, {compared} results, {unfixed.Count(static result => result.Refusal is not null)} models that libtorch refused before");
        Assert.True(faults.Count == 0, $"Seed {seed}\n{string.Join('\n', faults)}");
        Assert.True(before.Diagnostics.Length > Models, $"Seed {seed}: only {before.Diagnostics.Length} reports");
        Assert.True(compared > Models, $"Seed {seed}: only {compared} of {2 * Models} models ran");
    }

    /// <summary>As <c>dotnet format</c> goes, until nothing changes.</summary>
    private static async Task<RuleCompilation> InOrder(RuleCompilation compilation)
    {
        for (var source = ""; source != compilation.Source;)
        {
            source = compilation.Source;
            compilation = await FixedSource.All(compilation);
        }

        return compilation;
    }

    private static async Task<RuleCompilation> InRandomOrder(RuleCompilation compilation, Random random)
    {
        for (var i = 0; i < MaximumFixes && compilation.Diagnostics.Select(static diagnostic => diagnostic.Id).Distinct().ToArray() is { Length: > 0 } ids; i++)
        {
            compilation = await FixedSource.All(compilation, ids[random.Next(ids.Length)]);
        }

        return compilation;
    }

    /// <summary>Whether libtorch ran the model before that a diagnostic stands in. Of what a product of two dtypes would give, no fix knows the dtype.</summary>
    private static bool Ran(RandomModel[] models, Result[] unfixed, RuleCompilation after, Diagnostic diagnostic)
        => models.Zip(unfixed).Last(model => after.Source.IndexOf($"class {model.First.Name}()", StringComparison.Ordinal) <= diagnostic.Location.SourceSpan.Start)
            .Second.Refusal is null;

    private static string? Fault(RandomModel model, Result result, Result unfixed, Result reference)
    {
        // What libtorch refused before, and no rule can tell, the fixes need not repair.
        if (result.Refusal is not null || reference.Refusal is not null)
        {
            return reference.Refusal ?? (unfixed.Refusal is null ? result.Refusal : null);
        }

        if (model.IsTrue16Bit && unfixed.Refusal is null && result.Dtype != unfixed.Dtype)
        {
            return $"was {unfixed.Dtype} and is {result.Dtype}";
        }

        var distance = (result.Output - reference.Output).abs();
        var worst = where(result.Output.isfinite() & reference.Output.isfinite(), distance, zeros_like(distance)).max().ToDouble();
        return worst > model.Tolerance ? $"is {worst} away from float64, more than {model.Tolerance}" : null;
    }

    private static Result[] Run(RandomModel[] models, Assembly assembly)
    {
        manual_seed(20260101);
        var (x, y, mask) = (rand(4, 4) * 2 - 1, rand(4, 4) * 2 - 1, rand(4, 4) > 0.5);
        return [.. models.Select(model => Run((nn.Module<Tensor, Tensor, Tensor, Tensor>)Activator.CreateInstance(assembly.GetType(model.Name)!)!, x, y, mask))];
    }

    private static Result Run(nn.Module<Tensor, Tensor, Tensor, Tensor> model, Tensor x, Tensor y, Tensor mask)
    {
        try
        {
            var output = model.call(x, y, mask).to(float64);
            return new Result(output, (ScalarType)model.GetType().GetField("Seen")!.GetValue(model)!, Refusal: null);
        }
        catch (ExternalException exception)
        {
            return new Result(empty(0), default, exception.Message.Split('\n')[0]);
        }
    }

    private static string TextOf(RuleCompilation compilation, RandomModel model)
        => compilation.Source[compilation.Source.IndexOf($"class {model.Name}()", StringComparison.Ordinal)..].Split("\n}")[0];

    /// <summary>What a model gave.</summary>
    /// <param name="Output">Its result, as float64 numbers.</param>
    /// <param name="Dtype">The dtype that it had inside.</param>
    /// <param name="Refusal">Why libtorch refused to run it; null where it ran.</param>
    private sealed record Result(Tensor Output, ScalarType Dtype, string? Refusal);
}
