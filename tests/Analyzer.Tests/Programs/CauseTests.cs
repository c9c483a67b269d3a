using Precision.Analyzer.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Programs;

/// <summary>
/// Why analyzers miss faults of models, one file each: lines whose fault is to be found, and lines (<c>// silent</c>) that look like
/// one and are none. Models run in true 16-bit.
/// </summary>
public class CauseTests
{
    private const string Folder = "Causes";

    public static TheoryData<string, string> FilesAndModes
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var file in MarkedSource.FileNames(Folder))
            {
                data.Add(file, "fp16");
                data.Add(file, "bf16");
            }

            return data;
        }
    }

    public static TheoryData<string> Files => [.. MarkedSource.FileNames(Folder)];

    [Theory]
    [MemberData(nameof(FilesAndModes))]
    public Task Faults_are_found_and_what_looks_like_one_is_left_alone(string file, string mode)
        => MarkedSource.File(Folder, file).AssertReported(Mode.Of(mode));

    [Theory]
    [MemberData(nameof(Files))]
    public async Task In_float32_all_is_left_alone(string file)
    {
        var compilation = await RuleCompilation.Create(MarkedSource.File(Folder, file).InFloat32());
        Assert.Empty(compilation.CompilerErrors);
        Assert.Empty(compilation.Diagnostics);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void There_are_enough_of_both(string file)
    {
        var source = MarkedSource.File(Folder, file);
        Assert.True(source.Marks.Count >= 8, $"{source.Marks.Count} faults");
        var silent = source.Texts.Sum(static text => text.Split("// silent").Length - 1);
        Assert.True(silent >= 12, $"{silent} silent lines");
    }
}
