using Microsoft.CodeAnalysis;
using Precision.Generator.Summaries;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Plan;

/// <summary>What the plan says of modules that another assembly declares.</summary>
public class CompiledModuleTests
{
    private const string Library = TestCompilation.Usings + """
        public sealed class Block : Module<Tensor, Tensor>
        {
            public Block() : base("block") { }
            public override Tensor forward(Tensor x) => x.softmax(-1);
        }
        """;

    [Theory]
    [InlineData("Dtype.Float16, Autocast = false", true, "not in this project's source; its summary reports PRC1001 at Source0.cs(12)")]
    [InlineData("Dtype.Auto, Autocast = false", true, "not in this project's source; its summary reports PRC1001 at Source0.cs(12)")]
    [InlineData("Dtype.Float32", true, "not in this project's source")]
    [InlineData("Dtype.Float16, Autocast = false", false, "not in this project's source; Library has no summary of it")]
    public void A_row_says_what_the_summary_does(string annotation, bool generate, string why)
    {
        var text = Plans.Text(Plans.Run(TestCompilation.Create([Model(annotation)], references: [Reference(Library, generate)])));
        Assert.Contains($"| block (Block) | ? | ? | {why} |", text.Replace("`", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_summary_without_hazards_is_one()
    {
        var library = Reference(Library.Replace("x.softmax(-1)", "x.relu()", StringComparison.Ordinal), generate: true);
        Assert.Contains("its summary reports nothing", Plans.Text(Plans.Run(TestCompilation.Create([Model("Dtype.Float16, Autocast = false")], references: [library]))), StringComparison.Ordinal);
    }

    private static string Model(string annotation) => TestCompilation.Usings + $$"""
        [MixedPrecision({{annotation}})]
        public sealed partial class Model : Module<Tensor, Tensor>
        {
            private readonly Block block = new();
            public Model() : base("model") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => block.call(x);
        }
        """;

    private static MetadataReference Reference(string source, bool generate)
    {
        Compilation library = TestCompilation.Create([source], assemblyName: "Library");
        library = generate ? GeneratorRun.Of(library, [new ModuleSummaryGenerator()]).Output : library;
        using var image = new MemoryStream();
        Assert.True(library.Emit(image).Success);
        return MetadataReference.CreateFromImage(image.ToArray());
    }
}
