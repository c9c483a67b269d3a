using Precision.Analyzer.Tests.Infrastructure;
using Precision.Generator.Tests.Infrastructure;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Programs;

/// <summary>Shapes of code in which reports were missing, or false, when models of public repositories were read.</summary>
[Collection(LibTorch.Collection)]
public class CaseTests
{
    private const string Folder = "Cases";

    public static TheoryData<string, string> FilesAndModes
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var file in MarkedSource.FileNames(Folder))
            {
                foreach (var mode in file.EndsWith("InRegion", StringComparison.Ordinal) ? ["region"] : new[] { "fp16", "bf16" })
                {
                    data.Add(file, mode);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(FilesAndModes))]
    public Task What_a_reader_finds_is_reported_and_nothing_else(string file, string mode)
        => MarkedSource.File(Folder, file).AssertReported(Mode.Of(mode));

    /// <summary>In true 16-bit a layer refuses what nothing has cast.</summary>
    [Theory]
    [InlineData("fp16")]
    [InlineData("bf16")]
    public async Task A_record_of_inputs_is_cast(string mode)
    {
        var compilation = await RuleCompilation.Create(MarkedSource.File(Folder, "RecordInput").In(Mode.Of(mode)));
        var assembly = TestCompilation.Load(compilation.Generated);
        using var scope = NewDisposeScope();
        dynamic model = Activator.CreateInstance(assembly.GetType("Projecting")!)!;
        ((IMixedPrecisionModule)model).CreateMasterWeights();
        dynamic input = Activator.CreateInstance(assembly.GetType("Input")!, ones(2, 4), ones(2, 4))!;
        Tensor result = model.call(input);
        Assert.Equal(ScalarType.Float32, result.dtype);
        Assert.Equal(ScalarType.Float32, ((Tensor)input.Hidden).dtype);
    }
}
