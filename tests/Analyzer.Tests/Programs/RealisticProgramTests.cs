using Microsoft.CodeAnalysis;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.Generator.Tests.Infrastructure;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Programs;

/// <summary>
/// A fine-tuning of a classifier and a detector with its losses, each with hazards of all rules about numerics. Below a line with a hazard, or
/// one that has to change with it, stands what repairs it.
/// </summary>
[Collection(LibTorch.Collection)]
public class RealisticProgramTests
{
    private static readonly string[] Folders = ["FineTuning", "Detector"];

    public static TheoryData<string> Names => [.. Folders];

    public static TheoryData<string, string> NamesAndModes => Pairs(Mode.All);

    public static TheoryData<string, string> NamesAndEveryMode => Pairs([.. Mode.All, Mode.BFloat16Region]);

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_as_large_as_real_ones_and_has_hazards_of_every_kind(string name)
    {
        var source = MarkedSource.Folder(name);
        Assert.True(source.Texts.Sum(static text => text.Split('\n').Count(static line => !line.Contains("// repair: ", StringComparison.Ordinal))) >= 300);
        Assert.True(source.Marks.Count >= 25, $"{source.Marks.Count} hazards");
        Assert.Equal(
            [.. Enumerable.Range(1001, 18).Select(static number => $"PRC{number}")],
            source.Marks.Select(static mark => mark.Id).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(NamesAndModes))]
    public Task Every_hazard_is_reported_and_nothing_else(string name, string mode)
        => MarkedSource.Folder(name).AssertReported(Mode.Of(mode));

    [Theory]
    [MemberData(nameof(NamesAndEveryMode))]
    public Task Repaired_it_is_left_alone(string name, string mode)
        => MarkedSource.Folder(name).Repaired().AssertReported(Mode.Of(mode));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task In_float32_it_is_left_alone_and_repairs_change_no_result(string name)
    {
        var source = MarkedSource.Folder(name);
        var planted = await InFloat32(source, name);
        var repaired = await InFloat32(source.Repaired(), name);
        Assert.Equal(planted.Count, repaired.Count);
        Assert.All(planted.Zip(repaired), static pair =>
        {
            Assert.True(pair.First.isfinite().all().item<bool>());
            Assert.True(pair.First.allclose(pair.Second, rtol: 1e-3, atol: 1e-5), $"{pair.First.ToString(TorchSharp.TensorStringStyle.Julia)} and {pair.Second.ToString(TorchSharp.TensorStringStyle.Julia)}");
        });
    }

    private static TheoryData<string, string> Pairs(IEnumerable<Mode> modes)
    {
        var data = new TheoryData<string, string>();
        foreach (var (folder, mode) in Folders.SelectMany(folder => modes.Select(mode => (folder, mode.Name))))
        {
            data.Add(folder, mode);
        }

        return data;
    }

    private static async Task<List<Tensor>> InFloat32(MarkedSource source, string name)
    {
        var compilation = await RuleCompilation.Create(source.InFloat32());
        Assert.Empty(compilation.CompilerErrors);
        Assert.Empty(compilation.Diagnostics);
        return (List<Tensor>)TestCompilation.Load(compilation.Generated).GetType($"{name}.Program")!.GetMethod("Run")!.Invoke(null, [])!;
    }
}
