using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Precision.Analyzer.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>Modules of another assembly, reported where a model holds them.</summary>
public class CompiledModuleTests
{
    private const string Block = """
        public class Block : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            public Block() : base("block") => RegisterComponents();
            public override Tensor forward(Tensor x) => layer.call(x).softmax(-1);
        }
        """;

    private static string Model(string annotation, string members, string body = "x", string name = "Model") => $$"""
        [MixedPrecision({{annotation}})]
        public sealed partial class {{name}} : Module<Tensor, Tensor>
        {
            {{members}}
            public {{name}}() : base("model") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => {{body}};
        }

        """;

    private const string True16 = "Dtype.Float16, Autocast = false";

    [Fact]
    public async Task A_hazard_is_reported_at_the_field_and_names_the_place()
    {
        var diagnostic = Assert.Single(await Report(Block, Model(True16, "private readonly Block block = new();", "block.call(x)")));
        Assert.Equal(
            "PRC1001 Warning 'block': 'Block' of the assembly 'Library', held as Model.block, at Library.cs(14): 'softmax' gives Float16 (input of a true 16-bit class on line 14): "
                + "probabilities are rounded and small ones lost; pass 'dtype: ScalarType.Float32'",
            diagnostic);
    }

    [Theory]
    [InlineData("private readonly Module<Tensor, Tensor> m = new Block();", "m")]
    [InlineData("private readonly Module<Tensor, Tensor> m; public Model(bool b) : this() => m = b ? new Block() : Linear(4, 4);", "m")]
    [InlineData("private readonly Sequential m = Sequential(Linear(4, 4), new Block());", "m")]
    [InlineData("private readonly ModuleList<Block> m = new(); public Model(int n) : this() { for (var i = 0; i < n; i++) m.Add(new Block()); }", "m")]
    [InlineData("private readonly Block[] m = [new Block()];", "m")]
    [InlineData("private Block m { get; } = new();", "m")]
    [InlineData("private Tensor Helper(Tensor x) => new Block().call(x);", "new Block()")]
    [InlineData("private readonly Own own = new(); sealed class Own : Module<Tensor, Tensor> { readonly Block inner = new(); public Own() : base(\"o\") {} public override Tensor forward(Tensor x) => inner.call(x); }", "inner")]
    [InlineData("private readonly Derived own = new(); sealed class Derived : Block { }", "Derived")]
    public async Task Every_way_of_holding_is_seen(string members, string place)
        => Assert.StartsWith($"PRC1001 Warning '{place}'", Assert.Single(await Report(Block, Model(True16, members))), StringComparison.Ordinal);

    [Theory]
    [InlineData("Dtype.BFloat16, Autocast = false", "x.log_softmax(-1)", "PRC1001")]
    [InlineData("Dtype.Float16", "layer.call(x) + 1e-9", "PRC1008")]
    [InlineData("Dtype.Auto, Autocast = false", "x.softmax(-1)", "PRC1001")]
    [InlineData("Dtype.Float16, Autocast = false", "Helper(x.reshape(2, 2))", "PRC1001")]
    [InlineData("Dtype.Float16, Autocast = false", "own.call(x)", "PRC1001")]
    public async Task Every_mode_is_summarised(string annotation, string body, string id)
        => Assert.StartsWith(id, Assert.Single(await Report(Custom(body), Model(annotation, "private readonly Block block = new();"))), StringComparison.Ordinal);

    [Theory]
    [InlineData("Dtype.Float32", "x.softmax(-1)", "private readonly Block block = new();")]
    [InlineData("Dtype.Float16, Autocast = false", "x.softmax(-1)", "[FullPrecision] private readonly Block block = new();")]
    [InlineData("Dtype.Float16, Autocast = false", "x.softmax(-1)", "private readonly Linear layer = Linear(4, 4);")]
    [InlineData("Dtype.Float16, Autocast = false", "x.@float().softmax(-1)", "private readonly Block block = new();")]
    [InlineData("Dtype.Float16, Autocast = false", "x.softmax(-1, ScalarType.Float32)", "private readonly Block block = new();")]
    [InlineData("Dtype.BFloat16, Autocast = false", "x * 1e30", "private readonly Block block = new();")]
    [InlineData("Dtype.Float16", "x.sum()", "private readonly Block block = new();")]
    [InlineData("Dtype.Float16", "x.exp()", "private readonly Block block = new();")]
    public async Task Where_nothing_is_lost_nothing_is_said(string annotation, string body, string member)
        => Assert.Empty(await Report(Custom(body), Model(annotation, member)));

    [Theory]
    [InlineData("#pragma warning disable PRC1001\n", "")]
    [InlineData("[System.Diagnostics.CodeAnalysis.SuppressMessage(\"Precision.Numerics\", \"PRC1001\")]\n", "")]
    public async Task What_the_library_silences_is_not_in_its_summary(string before, string after)
        => Assert.Empty(await Report(before + Block + after, Model(True16, "private readonly Block block = new();")));

    [Fact]
    public async Task A_class_with_an_annotation_of_its_own_is_not_summarised()
        => Assert.Empty(await Report(
            Model("Dtype.BFloat16, Autocast = false", "", "x.@float().softmax(-1)", "Block"),
            Model(True16, "private readonly Block block = new();")));

    [Fact]
    public async Task What_runs_outside_of_models_too_is_information()
    {
        var app = Model(True16, "private readonly Own own = new();") + """
            public sealed class Own : Module<Tensor, Tensor>
            {
                private readonly Block block = new();
                public Own() : base("own") => RegisterComponents();
                public override Tensor forward(Tensor x) => block.call(x);
            }
            public static class Program { public static Module<Tensor, Tensor> Of() => new Own(); public static void Run() => _ = new Own(); }
            """;
        Assert.StartsWith("PRC1001 Info", Assert.Single(await Report(Block, app)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_models_ask()
        => Assert.Empty(await Report(Block, """
            public sealed class Own : Module<Tensor, Tensor>
            {
                private readonly Block block = new();
                public Own() : base("own") => RegisterComponents();
                public override Tensor forward(Tensor x) => block.call(x);
            }
            """));

    [Fact]
    public async Task A_class_of_an_assembly_without_summary_is_named_once()
    {
        var library = TwoProjects.Library(Block, generate: false).Built();
        var app = Model(True16, "private readonly Block first = new(); private readonly Block second = new();") + Model("Dtype.BFloat16", "private readonly Block third = new();", name: "Other");
        var diagnostic = Assert.Single(await TwoProjects.Diagnostics(app, library));
        Assert.Equal("PRC3007 Info 'first': What 'Block' of the assembly 'Library' computes in Float16 is not known, as it was compiled without this package's generator; "
            + "compile it with the package, or keep it in float32 with '[FullPrecision]'", Text(diagnostic));
    }

    [Fact]
    public async Task A_library_hands_on_what_the_libraries_of_its_modules_say()
    {
        var inner = TwoProjects.Library(Block, name: "Inner").Built();
        var outer = TwoProjects.Library("""
            public sealed class Outer : Module<Tensor, Tensor>
            {
                private readonly Block block = new();
                public Outer() : base("outer") => RegisterComponents();
                public override Tensor forward(Tensor x) => block.call(x);
            }
            """, references: inner).Built();
        var diagnostic = Text(Assert.Single(await TwoProjects.Diagnostics(Model(True16, "private readonly Outer outer = new();"), inner, outer)));
        Assert.StartsWith("PRC1001 Warning 'outer': 'Outer' of the assembly 'Library', held as Model.outer", diagnostic, StringComparison.Ordinal);
        Assert.Contains("'Block' of the assembly 'Inner', held as Outer.block, at Inner.cs(14)", diagnostic, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dtypes_of_the_project_are_judged_too()
    {
        var library = TwoProjects.Library(Custom("layer.call(x) + 1e-9")).Built();
        var app = Model("Dtype.Float32", "") + Model("Dtype.BFloat16", "private readonly Block block = new();", name: "Other");
        Assert.Empty(await TwoProjects.Diagnostics(app, library));
        Assert.Single(await TwoProjects.Diagnostics(app, ImmutableDictionary<string, string>.Empty.Add("PrecisionDtypes", "Float16,BFloat16"), library));
    }

    /// <summary>A project reference of an editor shows the library's source, and a build's only its metadata.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_editor_and_a_build_report_the_same(bool generate)
    {
        var library = TwoProjects.Library(Block + """
            public class Holder : Module<Tensor, Tensor>
            {
                public readonly Module<Tensor, Tensor> Held = new Block();
                public Holder() : base("holder") => RegisterComponents();
                public static Module<Tensor, Tensor> Make() => new Block();
                public override Tensor forward(Tensor x) => Held.call(x);
            }
            """, generate);
        var app = Model(True16, "private readonly Block block = new(); private readonly Holder holder = new(); private readonly Module<Tensor, Tensor> made = Holder.Make(); private Tensor Other(Tensor x) => holder.Held.call(made.call(x)).softmax(-1);", "Other(x)");

        var build = (await TwoProjects.Diagnostics(app, library.Built())).Select(Text).ToArray();
        var editor = (await TwoProjects.Diagnostics(app, library.ToMetadataReference())).Select(Text).ToArray();

        Assert.NotEmpty(build);
        Assert.Equal(build, editor);
    }

    private static string Custom(string body) => $$"""
        public class Block : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            private readonly Own own = new();
            public Block() : base("block") => RegisterComponents();
            public override Tensor forward(Tensor x) => {{body}};
            private static Tensor Helper(Tensor x) => x.softmax(-1);
            private sealed class Own : Module<Tensor, Tensor>
            {
                public Own() : base("own") { }
                public override Tensor forward(Tensor x) => x.softmax(-1);
            }
        }
        """;

    private static async Task<string[]> Report(string library, string app)
        => [.. (await TwoProjects.Diagnostics(app, TwoProjects.Library(library).Built())).Select(Text)];

    private static string Text(Diagnostic diagnostic)
        => $"{diagnostic.Id} {diagnostic.Severity} '{diagnostic.Location.SourceTree!.ToString().Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length)}': "
            + diagnostic.GetMessage(CultureInfo.InvariantCulture);
}
