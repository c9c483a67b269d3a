using Precision.Analyzer.Tests.Infrastructure;
using Precision.Generator.Tests.Infrastructure;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Programs;

/// <summary>
/// A program as people write them with TorchSharp: models of many classes, of which only the outermost are annotated. Every fault of its
/// 16-bit modes is marked where it stands, and nothing else is to be reported.
/// </summary>
[Collection(LibTorch.Collection)]
public class ProgramTests
{
    private static readonly MarkedSource Source = MarkedSource.Folder("Sources");

    private static readonly Lazy<Task<RuleCompilation>> Float32 = new(static () => RuleCompilation.Create(Source.InFloat32()));

    [Fact]
    public void It_is_as_large_as_real_ones()
    {
        Assert.True(Source.Texts.Count >= 40);
        Assert.True(Source.Texts.Sum(static text => text.Split('\n').Length) >= 1200);
        Assert.Equal(69, Source.Marks.Count);
    }

    [Theory]
    [MemberData(nameof(Mode.Names), MemberType = typeof(Mode))]
    public Task All_that_is_marked_is_reported_and_nothing_else(string mode)
        => Source.AssertReported(Mode.Of(mode));

    [Fact]
    public async Task In_float32_it_is_left_alone()
    {
        var compilation = await Float32.Value;
        Assert.Empty(compilation.CompilerErrors);
        Assert.Empty(compilation.Diagnostics);
    }

    [Fact]
    public async Task In_float32_every_model_runs()
    {
        var compilation = await Float32.Value;
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var results = (List<Tensor>)TestCompilation.Load(compilation.Generated).GetType("Models.Program")!
            .GetMethod("Run")!.Invoke(null, [(Action<nn.Module>)(static _ => { }), true])!;
        Assert.Equal(16, results.Count);
        Assert.All(results, static result =>
        {
            Assert.Equal(ScalarType.Float32, result.dtype);
            Assert.True(result.isfinite().all().item<bool>());
        });
    }
}
