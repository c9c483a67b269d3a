using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Forward;
using Precision.Generator.Interception;
using Precision.Generator.Plan;
using Precision.Generator.Tests.Infrastructure;
using Precision.Generator.Tests.Interception;
using Snapshooter;
using Snapshooter.Xunit;

namespace Precision.Generator.Tests.Plan;

/// <summary>What a plan says, and which edits change it.</summary>
public class PlanTextTests
{
    [Theory]
    [MemberData(nameof(PlanShapes.Names), MemberType = typeof(PlanShapes))]
    public void Text_is_as_reviewed(string shape)
        => Snapshot.Match(Plans.Text(PlanShapes.Source(shape)), new SnapshotNameExtension(shape));

    [Theory]
    [MemberData(nameof(PlanShapes.Names), MemberType = typeof(PlanShapes))]
    public void The_generated_file_is_a_comment_and_compiles_beside_the_others(string shape)
    {
        var run = GeneratorRun.Of(
            Interceptions.Compile(PlanShapes.Source(shape)),
            [new PrecisionPlanGenerator(), new MixedPrecisionGenerator(), new InterceptionGenerator()],
            properties: Plans.Wanted);
        Assert.Equal(SyntaxKind.EndOfFileToken, run.Files.Single().SyntaxTree.GetRoot().GetFirstToken(includeZeroWidth: true).Kind());
        Assert.DoesNotContain('\r', run.Text());
        run.Load();
    }

    [Theory]
    [InlineData("using System;", "using System;\n// A comment,\n// and another.\n")]
    [InlineData("/// <summary>The logits.</summary>", "/// <summary>\n    /// The logits of each token.\n    /// </summary>\n    [Obsolete]")]
    [InlineData("public Transformer() :", "private readonly int unused = 1;\n\n    public Transformer() :")]
    [InlineData("public sealed class Attention :", "public sealed class Other { public Tensor Exp(Tensor x) => x.exp(); }\n\npublic sealed class Attention :")]
    public void An_edit_that_is_about_something_else_changes_nothing(string before, string after)
    {
        var source = PlanShapes.Source("Attention");
        var edited = source.Replace(before, after, StringComparison.Ordinal);
        Assert.NotEqual(source, edited);
        Assert.Equal(Plans.Text(source), Plans.Text(edited));
    }

    [Fact]
    public void An_edit_of_an_operation_changes_its_line()
    {
        var source = PlanShapes.Source("Attention");
        var before = Plans.Text(source).Split('\n');
        var after = Plans.Text(source.Replace("norm.call(x)", "norm.call(x).exp()", StringComparison.Ordinal)).Split('\n');
        Assert.Equal(
            ["| 1 | `Tensor.exp` | Float32 | Float32 | CUDA: float32 list; CPU: unlisted |  |", "| 1 | `Tensor.exp` | Float32 | Float32 | autocast off |  |"],
            after.Except(before));
        Assert.Empty(before.Except(after));
    }

    [Fact]
    public void The_place_of_files_does_not_matter()
    {
        var compilation = Interceptions.Compile(PlanShapes.Source("Attention"), "class Other;");
        var moved = compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(
            compilation.SyntaxTrees.Reverse().Select(static tree => tree.WithFilePath("C:\\Else\\Where\\" + tree.FilePath)));
        Assert.Equal(Plans.Text(Plans.Run(compilation)), Plans.Text(Plans.Run(moved)));
    }

    [Fact]
    public void Without_interceptors_the_softmax_family_keeps_its_inputs_dtype()
    {
        var source = PlanShapes.Source("Attention");
        var row = Plans.Text(Plans.Run(TestCompilation.Create([source]))).Split('\n').First(static line => line.Contains("softmax", StringComparison.Ordinal));
        Assert.Equal("| 3 | `Tensor.log_softmax` | Float16 | Float16 | TorchSharp names the input's dtype | no |", row);
        Assert.Contains("| 3 | `Tensor.log_softmax` | Float32 | Float16 | CUDA: float32 list, unless it names a dtype; CPU: unlisted | yes |", Plans.Rows(source));
    }

    [Fact]
    public void A_property_that_computes_nothing_has_no_row()
    {
        var rows = Plans.Rows(TestCompilation.Usings + """
            public sealed class Request
            {
                public Tensor Tokens { get; init; } = zeros(1);
                public Tensor? Bias { get; set; }
                public Action<Module>? Prepare { get; set; }
                public Tensor Doubled => Tokens * 2;
            }
            [MixedPrecision(Dtype.Float16)]
            public sealed partial class Net : Module<Request, Tensor>
            {
                private readonly Linear layer = Linear(4, 4);
                public Net() : base("net") => RegisterComponents();
                private Tensor ForwardCore(Request request)
                {
                    request.Prepare?.Invoke(this);
                    return layer.call(request.Tokens) + (request.Bias ?? request.Doubled);
                }
            }
            """);
        Assert.DoesNotContain(rows, static row => row.Contains("Request.Tokens", StringComparison.Ordinal));
        Assert.DoesNotContain(rows, static row => row.Contains("Request.Bias", StringComparison.Ordinal));
        Assert.DoesNotContain(rows, static row => row.Contains("Request.Prepare", StringComparison.Ordinal));
        Assert.Contains(rows, static row => row.Contains("Doubled", StringComparison.Ordinal));
        Assert.Contains(rows, static row => row.Contains("layer (Linear)", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sum_of_thousands_of_terms_is_read()
    {
        var sum = string.Join(" + ", Enumerable.Repeat("x", 3000));
        var rows = Plans.Rows(TestCompilation.Usings + $$"""
            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Net() : Module<Tensor, Tensor>("net")
            {
                private Tensor ForwardCore(Tensor x) => {{sum}};
            }
            """);
        Assert.Equal(2999, rows.Length);
    }

    /// <summary>Behind what libtorch refuses the plan goes on as if its operands had one dtype.</summary>
    [Fact]
    public void A_product_of_two_dtypes_throws_and_what_follows_has_a_dtype()
    {
        var rows = Rows("Dtype.Float16, Parameters = Dtype.Float16, Autocast = false", """
            var wide = tensor(new[] { 0.5f, 0.5f, 0.5f, 0.5f });
            var y = functional.relu(layer.call(x - wide));
            y = y + x.matmul(wide);
            return layer.call(y.to(ScalarType.Float16));
            """);
        Assert.Equal(
            [
                "| 4 | `-` | Float32 | Float32 | no region |  |",
                "| 4 | `layer (Linear)` | throws | throws | no region |  |",
                "| 4 | `functional.relu` | Float16 | Float16 | no region |  |",
                "| 5 | `Tensor.matmul` | throws | throws | no region |  |",
                "| 5 | `+` | Float16 | Float16 | no region |  |",
                "| 6 | `Tensor.to` | Float16 | Float16 | cast in source |  |",
                "| 6 | `layer (Linear)` | Float16 | Float16 | no region |  |",
            ],
            rows.Where(static row => !row.Contains("torch.tensor", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("return x.topk(2).values * 2;", "Tensor.topk", "Float32 | Float32")]
    [InlineData("return layer.call(x).topk(2).values * 2;", "*", "Float16 | Float16")]
    [InlineData("return functional.softmax(x, -1, dtype: layer.call(x).dtype);", "functional.softmax", "Float16 | Float16")]
    [InlineData("foreach (var (one, other) in System.Linq.Enumerable.Zip(layers, layers)) { x = one.call(x) + other.call(x); } return x.neg();", "+", "Float16 | Float16")]
    [InlineData("foreach (var (i, one) in System.Linq.Enumerable.Index(layers)) { x = one.call(x) * i; } return x.neg();", "one (Linear)", "Float16 | Float16")]
    [InlineData("return (x > 0.5).logical_not();", "Tensor.logical_not", "Bool | Bool")]
    public void What_is_known_of_a_row_is_said(string body, string operation, string dtypes)
        => Assert.Contains(Rows("Dtype.Float16", body), row => row.Contains($"| `{operation}` | {dtypes} |", StringComparison.Ordinal));

    [Theory]
    [InlineData("foreach (var (one, other) in System.Linq.Enumerable.Zip(layers, given)) { x = other.call(x); } return x.neg();", "Tensor.neg", "as given | as given")]
    [InlineData("var other = given[0]; return other.call(x).topk(2).values;", "Tensor.topk", "as given | as given")]
    [InlineData("return functional.softmax(x, -1, dtype: named);", "functional.softmax", "as the call says | as the call says")]
    public void What_is_not_known_of_a_row_is_not(string body, string operation, string dtypes)
        => Assert.Contains(Rows("Dtype.Float16", body), row => row.Contains($"| `{operation}` | {dtypes} |", StringComparison.Ordinal));

    private static string[] Rows(string policy, string body) => Plans.Rows(TestCompilation.Usings + $$"""
        [MixedPrecision({{policy}})]
        public sealed partial class Net : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            private readonly ModuleList<Module<Tensor, Tensor>> layers = ModuleList<Module<Tensor, Tensor>>(Linear(4, 4), Linear(4, 4));
            private readonly Module<Tensor, Tensor>[] given;
            private readonly ScalarType? named;
            public Net(Module<Tensor, Tensor>[] given, ScalarType? named) : base("net") { (this.given, this.named) = (given, named); RegisterComponents(); }
            private Tensor ForwardCore(Tensor x)
            {
        {{body}}
            }
        }
        """);
}
