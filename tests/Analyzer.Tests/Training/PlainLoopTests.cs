using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeRefactorings;
using Microsoft.CodeAnalysis.Text;
using Precision.Analyzer.Tests.Documentation;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Training.Loops;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Training;

/// <summary>Plain loops and what the refactoring makes of them, as text and on libtorch.</summary>
[Collection(LibTorch.Collection)]
public class PlainLoopTests
{
    public static TheoryData<string> Names => new(
        "ForEach", "For", "WhileEarlyStop", "LocalFunction", "Fields", "TopLevel", "Accumulation", "ClipNormSchedulePerStep", "ClipValue",
        "EvaluationSchedulePerEpoch", "Parameters");

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_loop_becomes_what_a_person_would_write(string name)
    {
        var path = PathOf(name + ".expected");
        var changed = await Refactor(Read(name), ".backward()");
        if (Environment.GetEnvironmentVariable("PRECISION_UPDATE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(path, changed);
        }

        Assert.Equal(await File.ReadAllTextAsync(path), changed);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_trains_as_before_in_float32_and_learns_in_16_bits(string name)
    {
        var expected = await Run(Read(name), "Float32");
        var changed = Read(name + ".expected");
        var losses = await Run(changed, "Float32");
        Assert.Equal(expected.Count, losses.Count);
        Assert.All(expected.Zip(losses), static pair
            => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-5 * Math.Max(1, pair.First)));
        foreach (var dtype in new[] { "Float16", "BFloat16" })
        {
            var learned = await Run(changed, dtype);
            Assert.True(
                learned[^1] < learned[0] / 2, string.Create(CultureInfo.InvariantCulture, $"{dtype}: {learned[0]} to {learned[^1]}"));
        }
    }

    [Theory]
    [InlineData("foreach (var (x, y) in batches)")]
    [InlineData("for (var epoch")]
    [InlineData("loss.backward()")]
    [InlineData("optimizer.step()")]
    [InlineData("optim.Adam(")]
    public async Task It_is_offered_at(string place)
        => Assert.Equal(Read("ForEach.expected"), await Refactor(Read("ForEach"), place));

    [Theory]
    [InlineData("for (var epoch")]
    [InlineData("foreach (var batch")]
    [InlineData("optim.Adam(")]
    public async Task It_is_offered_where_the_optimizer_is_handed_over(string place)
        => Assert.Equal(Read("Parameters.expected"), await Refactor(Read("Parameters"), place));

    [Theory]
    [InlineData("private static void Epoch", "public static void Epoch")]
    [InlineData("Epoch(net, adam, batches);", "Epoch(net, adam, batches); Epoch(net, optim.SGD(net.parameters(), 0.1), batches);")]
    [InlineData("loss.backward();", "loss.backward(); optimizer = optim.SGD(model.parameters(), 0.1);")]
    public async Task It_is_not_offered_where_others_may_call_or_give_another_optimizer(string before, string after)
    {
        var source = Read("Parameters").Replace(before, after, StringComparison.Ordinal);
        Assert.Empty((await RuleCompilation.Create(source, Read("Shared"))).CompilerErrors);
        Assert.Null(await TryRefactor(source, "foreach (var batch"));
        Assert.Null(await TryRefactor(source, "optimizer.step("));
    }

    [Theory]
    [InlineData("new Net()", "new Plain()")]
    [InlineData("new Net()", "(nn.Module<Tensor, Tensor>)new Plain()")]
    [InlineData("optim.Adam(model.parameters(), lr: 0.01)", "(optim.Optimizer)optim.LBFGS(model.parameters(), 0.01)")]
    [InlineData("optim.Adam(model.parameters(), lr: 0.01)", "optim.Adam(System.Linq.Enumerable.Take(model.parameters(), 1), lr: 0.01)")]
    [InlineData("optimizer.step();", "System.Console.WriteLine(x.grad); optimizer.step();")]
    [InlineData("optimizer.step();", "foreach (var p in model.parameters()) { p.grad?.mul_(2); } optimizer.step();")]
    [InlineData("optimizer.step();", "Other.Show(model); optimizer.step();")]
    [InlineData("optimizer.step();", "Other.Take(optimizer); optimizer.step();")]
    [InlineData("optimizer.step();", "optimizer.step(() => loss);")]
    [InlineData("optimizer.step();", "optimizer.step(); loss = optimizer.step(() => loss);")]
    [InlineData("optimizer.step();", "optimizer.step(); second.step();")]
    [InlineData("optimizer.step();", "optimizer.step(); optimizer.step();")]
    [InlineData("optimizer.step();", "optimizer.add_param_group(null!); optimizer.step();")]
    [InlineData("optimizer.zero_grad();", "")]
    [InlineData("loss.backward();", "if (epoch > 0) { loss.backward(); }")]
    [InlineData("loss.backward();", "loss.backward(create_graph: true);")]
    [InlineData("loss.backward();", "model.load(\"weights\"); loss.backward();")]
    [InlineData("loss.backward();", "model.to(CPU); loss.backward();")]
    [InlineData("loss.backward();", "new GradScaler().scale(loss).backward();")]
    public async Task It_is_not_offered_where_it_would_change_the_meaning(string before, string after)
    {
        var source = Read("ForEach").Replace("using TorchSharp;\n", "using Precision;\nusing TorchSharp;\n", StringComparison.Ordinal);
        source = source.Replace(before, after, StringComparison.Ordinal)
            .Replace("        for (var epoch", "        var second = optim.SGD(model.parameters(), 0.1);\n        for (var epoch", StringComparison.Ordinal);
        source = after.Contains("second", StringComparison.Ordinal) ? source
            : source.Replace("        var second = optim.SGD(model.parameters(), 0.1);\n", "", StringComparison.Ordinal);
        source += """

            public sealed class Plain() : nn.Module<Tensor, Tensor>("plain")
            {
                public override Tensor forward(Tensor x) => x;
            }

            public static class Other
            {
                public static void Show(nn.Module model)
                {
                    foreach (var parameter in model.parameters()) System.Console.WriteLine(parameter.grad);
                }

                public static void Take(optim.Optimizer optimizer) => optimizer.ToString();
            }
            """;
        Assert.Empty((await RuleCompilation.Create(source, Read("Shared"))).CompilerErrors);
        Assert.Null(await TryRefactor(source, "foreach (var (x"));
        Assert.Null(await TryRefactor(source, "optimizer.step("));
    }

    private static string PathOf(string name) => Repository.PathOf($"tests/Analyzer.Tests/Training/Programs/Plain/{name}.cs");

    private static string Read(string name) => File.ReadAllText(PathOf(name));

    private static async Task<string> Refactor(string source, string place)
    {
        var changed = await TryRefactor(source, place);
        Assert.NotNull(changed);
        return changed;
    }

    private static async Task<string?> TryRefactor(string source, string place)
    {
        var compilation = await Compile(source, "Float32");
        using var workspace = new AdhocWorkspace();
        var project = workspace.AddProject(ProjectInfo.Create(
            ProjectId.CreateNewId(), VersionStamp.Default, "Tested", "Tested", LanguageNames.CSharp,
            compilationOptions: compilation.Generated.Options, parseOptions: RuleCompilation.ParseOptions,
            metadataReferences: TestReferences.All));
        foreach (var tree in compilation.Generated.SyntaxTrees.Skip(1))
        {
            workspace.AddDocument(project.Id, tree.FilePath, await tree.GetTextAsync());
        }

        var document = workspace.AddDocument(project.Id, "Source0.cs", SourceText.From(source));
        var actions = new List<CodeAction>();
        await new TrainInMixedPrecision().ComputeRefactoringsAsync(new CodeRefactoringContext(
            document, new TextSpan(source.IndexOf(place, StringComparison.Ordinal), 0), actions.Add, default));
        if (actions is not [var action])
        {
            return null;
        }

        var operations = await action.GetOperationsAsync(default);
        var changed = operations.OfType<ApplyChangesOperation>().Single().ChangedSolution.GetDocument(document.Id)!;
        return (await changed.GetTextAsync()).ToString();
    }

    private static async Task<List<float>> Run(string source, string dtype)
    {
        using var scope = NewDisposeScope();
        var compilation = await Compile(source, dtype);
        Assert.Empty(compilation.CompilerErrors);
        if (source.Contains("MixedPrecisionTraining", StringComparison.Ordinal))
        {
            Assert.Empty(compilation.Diagnostics.Where(static diagnostic => diagnostic.Id != "PRC0007"));
        }

        var assembly = compilation.Load();
        if (assembly.EntryPoint is { } entry)
        {
            entry.Invoke(null, [Array.Empty<string>()]);
        }
        else
        {
            assembly.GetType("Program")!.GetMethod("Train")!.Invoke(null, null);
        }

        return (List<float>)assembly.GetType("Data")!.GetField("Losses")!.GetValue(null)!;
    }

    private static Task<RuleCompilation> Compile(string source, string dtype) => RuleCompilation.Create(
        [source, Read("Shared").Replace("Dtype.Float32", "Dtype." + dtype, StringComparison.Ordinal)],
        source.Contains("class Program", StringComparison.Ordinal) ? OutputKind.DynamicallyLinkedLibrary : OutputKind.ConsoleApplication,
        ImmutableDictionary<string, string>.Empty);
}
