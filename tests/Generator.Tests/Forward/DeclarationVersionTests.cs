using CsCheck;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Forward;
using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Forward;

/// <summary>Which edits the cache of models sees, and that it never answers with what is out of date.</summary>
public class DeclarationVersionTests
{
    private const string Annotated = TestCompilation.Usings + """
        namespace Models;

        [MixedPrecision(Dtype.BFloat16)]
        public sealed partial class Model : Existing
        {
            private Tensor ForwardCore(Tensor x, double p = Constants.P) => x;
        }
        """;

    private const string Other = TestCompilation.Usings + """
        namespace Models;

        public class Existing() : Module<Tensor, double, Tensor>("existing")
        {
            private readonly Linear layer = Linear(1, 1);
            public override Tensor forward(Tensor x, double p) => layer.call(x);
            public int Size { get { return 1; } }
        }

        public static class Constants { public const double P = 0.5; }

        public enum Sizes { Big = 2 }

        public interface ICounter { void Count(int count = 1); }
        """;

    [Theory]
    [InlineData("layer.call(x)", "layer.call(x).exp()")]
    [InlineData("return 1;", "var x = 1; return x;")]
    [InlineData("Linear(1, 1)", "Linear(1, 2)")]
    [InlineData("public int Size", "/// <summary>The size.</summary>\n    public   int Size")]
    public void A_body_is_no_part_of_it(string before, string after)
    {
        var (first, second) = Edit(before, after);
        Assert.Same(DeclarationVersion.Of(first), DeclarationVersion.Of(second));
    }

    [Theory]
    [InlineData("0.5", "0.25")]
    [InlineData("Linear layer = Linear(1, 1)", "Conv1d layer = Conv1d(1, 1, 1)")]
    [InlineData("Linear layer = Linear(1, 1)", "@Linear layer = Linear(1, 1)")]
    [InlineData("public const double", "public static readonly double")]
    [InlineData("= 2 }", "}")]
    [InlineData("Big = 2", "Big = 3")]
    [InlineData("int count = 1", "int count = 2")]
    [InlineData("double, Tensor>", "float, Tensor>")]
    [InlineData("public static class Constants", "public class Tensor { }\n\npublic static class Constants")]
    [InlineData("public int Size", "public long Size")]
    [InlineData("namespace Models;", "using Dtype = Precision.Dtype;\nnamespace Models;")]
    [InlineData("public class Existing", "#nullable disable\npublic class Existing")]
    [InlineData("public class Existing", "[Obsolete]\npublic class Existing")]
    [InlineData("public int Size { get {", "public int Size { get { } }} {")]
    public void A_declaration_is(string before, string after)
    {
        var (first, second) = Edit(before, after);
        Assert.NotSame(DeclarationVersion.Of(first), DeclarationVersion.Of(second));
    }

    [Fact]
    public void Files_references_and_options_are()
    {
        var changes = new Func<CSharpCompilation, Compilation>[]
        {
            static compilation => compilation.RemoveSyntaxTrees(compilation.SyntaxTrees[1]),
            static compilation => compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class C;", (CSharpParseOptions)compilation.SyntaxTrees[0].Options, "C.cs")),
            static compilation => compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[1], compilation.SyntaxTrees[1].WithFilePath("Elsewhere.cs")),
            static compilation => compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[1], WithSymbol(compilation.SyntaxTrees[1])),
            static compilation => compilation.RemoveReferences(compilation.References.Last()),
            static compilation => compilation.WithOptions(compilation.Options.WithNullableContextOptions(NullableContextOptions.Disable)),
            static compilation => compilation.WithAssemblyName("Renamed"),
        };
        Assert.All(changes, static change =>
        {
            var compilation = TestCompilation.Create([Annotated, Other]);
            var version = DeclarationVersion.Of(compilation);
            Assert.Same(version, DeclarationVersion.Of(compilation.Clone()));
            Assert.NotSame(version, DeclarationVersion.Of(change(compilation)));
        });

        static SyntaxTree WithSymbol(SyntaxTree tree)
            => tree.WithRootAndOptions(tree.GetRoot(), ((CSharpParseOptions)tree.Options).WithPreprocessorSymbols("DEBUG"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_body_of_any_file_may_change(int file)
    {
        var compilation = TestCompilation.Create([Method("A"), Method("B"), Method("C")]);
        var edited = compilation.Edit(file, static source => source.Replace("1", "2", StringComparison.Ordinal));
        Assert.Same(DeclarationVersion.Of(compilation), DeclarationVersion.Of(edited));

        static string Method(string type) => $"class {type} {{ int M() => 1; }}";
    }

    [Theory]
    [InlineData("var x = 1;", "var x = 2; int F() => x;", true)]
    [InlineData("var x = 1;", "var x = 1;\n#nullable disable\nx++;", true)]
    [InlineData("var x = 1;", "", false)]
    [InlineData("", "var x = 1;", false)]
    [InlineData("var x = 1;", "using System;\nvar x = 1;", false)]
    [InlineData("var x = 1;", "using static Models.Constants;\nvar x = 1;", false)]
    [InlineData("using System;\nvar x = 1;", "global using System;\nvar x = 1;", false)]
    [InlineData("var x = 1;", "[assembly: System.CLSCompliant(false)]\nvar x = 1;", false)]
    [InlineData("var x = 1;", "var x = 1;\nclass C;", false)]
    [InlineData("var x = 1;\nclass C;", "var Dtype = 1;\nclass C;", false)]
    public void Statements_of_a_file_are_a_body_where_it_holds_nothing_else(string before, string after, bool isBody)
    {
        var first = TestCompilation.Create([Annotated, before, Other]);
        var second = first.Edit(1, _ => after);
        Assert.Equal(isBody, DeclarationVersion.Of(first) == DeclarationVersion.Of(second));
    }

    [Fact]
    public void A_compilation_may_hold_no_files()
    {
        var empty = TestCompilation.Create([]);
        Assert.NotSame(DeclarationVersion.Of(empty), DeclarationVersion.Of(TestCompilation.Create([])));
        Assert.Same(DeclarationVersion.Of(empty), DeclarationVersion.Of(empty));
        Assert.Empty(AnnotatedClasses.Of(empty, default).Models);
    }

    [Fact]
    public void The_cache_gives_one_model_until_a_declaration_changes()
    {
        var (first, second) = Edit("layer.call(x)", "layer.call(x).exp()");
        var model = Cached(first);
        Assert.Same(model, Cached(first));
        Assert.Same(model, Cached(second));
        Assert.NotSame(model, Cached(Edit("0.5", "0.25").Second));
    }

    [Fact]
    public void Alternating_compilations_of_one_project_each_keep_theirs()
    {
        var (first, second) = Edit("0.5", "0.25");
        var versions = (DeclarationVersion.Of(first), DeclarationVersion.Of(second));
        Assert.Equal(versions, (DeclarationVersion.Of(first), DeclarationVersion.Of(second)));
    }

    [Theory]
    [InlineData("0.5", "0.25", "p = 0.25")]
    [InlineData("double, Tensor>", "double, Tensor?>", "torch.Tensor? forward")]
    public void What_another_file_declares_is_seen(string before, string after, string expected)
    {
        var (first, second) = Edit(before, after);
        var run = GeneratorRun.Of(first);
        Assert.DoesNotContain(expected, run.Text(), StringComparison.Ordinal);
        Assert.Contains(expected, run.Next(second).Text(), StringComparison.Ordinal);
        Assert.DoesNotContain(expected, run.Next(second).Next(first).Text(), StringComparison.Ordinal);
    }

    /// <summary>Whatever becomes of another file, what is cached is what a run without a past gives.</summary>
    [Fact]
    public void No_edit_leaves_a_model_out_of_date()
        => Gen.Select(Others, Others, Others).Sample(
            (first, second, third) =>
            {
                var compilation = TestCompilation.Create([Wrapper, first], assemblyName: "Edited");
                var run = GeneratorRun.Of(compilation);
                foreach (var other in new[] { second, third, first })
                {
                    var tree = compilation.SyntaxTrees[1];
                    compilation = compilation.ReplaceSyntaxTree(tree, tree.WithChangedText(SourceText.From(other)));
                    run = run.Next(compilation);
                    Assert.Equal(GeneratorRun.Of(TestCompilation.Create([Wrapper, other], assemblyName: "Edited")).Text(), run.Text());
                }
            },
            iter: 100);

    private const string Wrapper = TestCompilation.Usings + """
        namespace Models;

        [MixedPrecision(Dtype.BFloat16)]
        public sealed partial class Wrapper : Existing;

        [MixedPrecision(Dtype.BFloat16)]
        public sealed partial class Own() : Module<Tensor, double, Tensor>("own")
        {
            private Tensor ForwardCore(Tensor x, double p = Constants.P) => x;
        }
        """;

    /// <summary>Versions of the file that the two classes depend on, most of them near to each other.</summary>
    private static Gen<string> Others { get; } =
        from type in Gen.OneOfConst("double", "double", "float", "(Tensor, Tensor)")
        from name in Gen.OneOfConst("p", "p", "q")
        from constant in Gen.OneOfConst("0.5", "0.5", "0.25", "1 + 0.5", "Half")
        from half in Gen.OneOfConst("0.5", "0.125")
        from field in Gen.OneOfConst("", "private readonly Linear layer = Linear(1, 1);", "private readonly int size = 2;")
        from body in Gen.OneOfConst("x", "x.exp()", "throw new InvalidOperationException()")
        from extra in Gen.OneOfConst("", "", "public class Tensor { }", "[MixedPrecision(Dtype.Float16)] public partial class Existing { }", "#nullable disable")
        select $$"""
            {{TestCompilation.Usings}}
            namespace Models;
            {{extra}}
            public partial class Existing() : Module<TorchSharp.torch.Tensor, {{type}}, TorchSharp.torch.Tensor>("existing")
            {
                {{field}}
                public override TorchSharp.torch.Tensor forward(TorchSharp.torch.Tensor x, {{type}} {{name}} = default) => {{body}};
            }

            public static class Constants
            {
                {{field.Replace("private", "private static", StringComparison.Ordinal)}}
                public const double P = {{constant}};
                private const double Half = {{half}};
            }
            """;

    private static AnnotatedClass Cached(CSharpCompilation compilation) => Assert.Single(AnnotatedClasses.Of(compilation, default).Models);

    private static (CSharpCompilation First, CSharpCompilation Second) Edit(string before, string after)
    {
        var compilation = TestCompilation.Create([Annotated, Other]);
        return (compilation, compilation.Edit(1, source => source.Replace(before, after, StringComparison.Ordinal)));
    }
}
