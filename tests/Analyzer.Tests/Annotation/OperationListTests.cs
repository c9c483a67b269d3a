using Precision.Analyzer.Tests.Infrastructure;
using Precision.Generator.Rules.Annotation;
using Precision.Generator.Tests.Infrastructure;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.OperationListAnalyzer>;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>PRC0013.</summary>
public class OperationListTests
{
    private const string Float32 = "precision_computes_in_float32";
    private const string LowerPrecision = "precision_computes_in_lower_precision";

    private const string Types = """
        class Block<T> { public static Tensor Run(Tensor x) => x; }
        class Block { public static Tensor Run(Tensor x) => x; }
        class Net() : Module<Tensor, Tensor>("n") { public override Tensor forward(Tensor x) => x; }
        [FullPrecision] partial class Precise() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x; }
        class Ops
        {
            public Ops(Tensor x) { Value = x; }
            public Tensor Value { get; }
            public Tensor Field = ones(1);
            public static int Count(int x) => x;
            public static Tensor Gelu(Tensor x) => x;
            public static Tensor Over(Tensor x) => x;
            public static int Over(int x) => x;
            public static void Ref(ref Tensor x) { }
            public static T Generic<T>(T x) => x;
            [ComputesIn(Dtype.Float32)] public static Tensor Marked(Tensor x) => x;
            public static Tensor operator +(Ops ops, Tensor x) => x;
        }
        """;

    [Theory]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float16)|}] public static Tensor M(Tensor x) => x;")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.BFloat16)|}] public static Tensor M(Tensor x) => x;")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Unspecified)|}] public static Tensor M(Tensor x) => x;")]
    [InlineData("[{|PRC0013:ComputesIn((Dtype)17)|}] public static Tensor M(Tensor x) => x;")]
    [InlineData("public Tensor P { [{|PRC0013:ComputesIn(Dtype.Float32)|}] get => ones(1); }")]
    [InlineData("[{|CS0592:ComputesIn|}(Dtype.Float32)] public Tensor P => ones(1);")]
    [InlineData("[{|PRC0013:{|CS0592:ComputesIn|}(Dtype.Float32)|}] public C(Tensor x) { }")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] public static Tensor operator +(C c, Tensor x) => x;")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] public static Tensor M(ref Tensor x) => x;")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] public static void M(Tensor x, out Tensor y) => y = x;")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] public static Tensor M(params Tensor[] xs) => xs[0];")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] public static Tensor M<T>(T x) where T : Tensor => x;")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] public static async Task<Tensor> M(Tensor x) { await Task.Yield(); return x; }")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] public static IEnumerable<Tensor> M(Tensor x) { yield return x; }")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] public static int M(int x) => x;")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] public static Tensor M(Tensor[,] x) => x[0, 0];")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] public static Tensor M(Tensor x, Span<int> y) => x;")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] protected virtual Tensor M(Tensor x) => x;")]
    [InlineData("static Tensor N(Tensor x) { return Local(x); [{|PRC0013:ComputesIn(Dtype.Float32)|}] static Tensor Local(Tensor x) => x; }")]
    [InlineData("Func<Tensor, Tensor> N() => [{|PRC0013:ComputesIn(Dtype.Float32)|}] (x) => x;")]
    [InlineData("class Net() : Module<Tensor, Tensor>(\"n\") { [{|PRC0013:ComputesIn(Dtype.Float32)|}] public override Tensor forward(Tensor x) => x; }")]
    [InlineData("class Inner { class Deep { [{|PRC0013:ComputesIn(Dtype.Float32)|}] public static Tensor M(Tensor x) => x; } }")]
    [InlineData("public static class S { [{|PRC0013:ComputesIn(Dtype.Float32)|}] static Tensor M(Tensor x) => x; }")]
    [InlineData("struct S { [{|PRC0013:ComputesIn(Dtype.Float32)|}] public Tensor M(Tensor x) => x; }")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] class NoModule { }")]
    [InlineData("[{|PRC0013:ComputesIn(Dtype.Float32)|}] class Plain() : nn.Module(\"n\") { }")]
    public Task An_attribute_that_cannot_be_kept_is_an_error(string members) => Rule.Verify($"public partial class C {{ {members} }}", static test => test.CompilerDiagnostics = Microsoft.CodeAnalysis.Testing.CompilerDiagnostics.Errors);

    [Theory]
    [InlineData("[ComputesIn(Dtype.Float32)] public static Tensor M(Tensor x) => x;")]
    [InlineData("[ComputesIn(Dtype.Auto)] internal Tensor M(Tensor x, int n = 2) => x;")]
    [InlineData("[ComputesIn(Dtype.Float32)] private Tensor M(Tensor x) => x;")]
    [InlineData("[ComputesIn(Dtype.Float32)] private static (Tensor, int) M(IReadOnlyList<Tensor> x, Tensor? y) => (x[0], 1);")]
    [InlineData("[ComputesIn(Dtype.Float32)] public virtual Tensor M(Tensor x) => x;")]
    [InlineData("[ComputesIn(Dtype.Float32)] public static void M(Tensor x) { }")]
    [InlineData("[ComputesIn(Dtype.Float32)] public static Tensor M(int n) => ones(n);")]
    [InlineData("[ComputesIn(Dtype.Float32)] public static IEnumerable<Tensor> M(Tensor x) => [x];")]
    [InlineData("[ComputesIn(Dtype.Float32)] public static Tensor M(Linear layer, Tensor x) => layer.call(x);")]
    [InlineData("public interface I { [ComputesIn(Dtype.Float32)] Tensor M(Tensor x); }")]
    [InlineData("public class G<T> { [ComputesIn(Dtype.Float32)] public T M(T x) => x; }")]
    [InlineData("struct S { [ComputesIn(Dtype.Float32)] public static Tensor M(Tensor x) => x; }")]
    [InlineData("[ComputesIn(Dtype.Float32)] class Net() : Module<Tensor, Tensor>(\"n\") { public override Tensor forward(Tensor x) => x; }")]
    public Task An_attribute_that_is_kept_is_none(string members)
        => Rule.Verify($"public partial class C {{ {members.Replace("struct S", "internal struct S", StringComparison.Ordinal).Replace("] class Net", "] internal class Net", StringComparison.Ordinal)} }}");

    [Theory]
    [InlineData("Ops.Gelux", "is unknown: write 'Ops.Gelu'")]
    [InlineData("Op.Gelu", "is unknown: write 'Ops.Gelu'")]
    [InlineData("torch.special.i0", "is unknown: write 'TorchSharp.torch.special.i0'")]
    [InlineData("nn.functional.softmax", "is unknown: write 'TorchSharp.torch.nn.functional.softmax'")]
    [InlineData("TorchSharp.torch.functional.log_softmax", "is unknown: write 'TorchSharp.torch.nn.functional.log_softmax'")]
    [InlineData("Softplus", "is unknown: write 'TorchSharp.Modules.Softplus'")]
    [InlineData("Nothing.Like.It", "is unknown: write the full name, Namespace.Type.Member")]
    [InlineData("Block.Run", "is ambiguous (Block in TestProject, Block`1 in TestProject): name a generic type")]
    [InlineData("Ops.op_Addition", "is an operator, whose uses cannot be replaced: list a method")]
    [InlineData("Ops.Value", "is a property, whose uses cannot be replaced: make it a method")]
    [InlineData("Ops.Ops", "is a constructor, whose uses cannot be replaced: write a method")]
    [InlineData("Ops.Field", "is no method and no module: list a method")]
    [InlineData("Ops.Ref", "takes 'x' by reference")]
    [InlineData("Ops.Generic", "has type parameters")]
    [InlineData("Ops.Count", "neither takes nor returns tensors")]
    [InlineData("Ops", "is a type that is no module: list its methods")]
    [InlineData("Net.forward", "is a module's forward, which is called by other names too: put the module's class on the list")]
    [InlineData("Precise", "has an annotation, which decides what it computes in")]
    [InlineData("Ops.Marked", "is [ComputesIn(Float32)] in source: leave it out of the list", LowerPrecision)]
    public async Task A_name_that_cannot_be_kept_is_an_error_with_the_remedy(string name, string message, string option = Float32)
    {
        var diagnostic = Assert.Single(await Report(Types, (option, name)));
        Assert.Equal(("PRC0013", DiagnosticSeverity.Error, Location.None), (diagnostic.Id, diagnostic.Severity, diagnostic.Location));
        Assert.StartsWith($"'{name}' on the list of {option} {message}", diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_on_both_lists_is_an_error_for_each()
        => Assert.Equal(
            [$"'Ops.Gelu' on the list of {Float32} is on both lists: leave it out of one of them", $"'Ops.Gelu' on the list of {LowerPrecision} is on both lists: leave it out of one of them"],
            (await Report(Types, (Float32, "Ops.Gelu"), (LowerPrecision, "Ops.Over, Ops.Gelu"))).Select(static diagnostic => diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture)).Order());

    [Theory]
    [InlineData(" Ops.Gelu ,Ops.Over,, Block`1.Run ")]
    [InlineData("Net, TorchSharp.Modules.Softplus")]
    [InlineData("TorchSharp.torch.special.i0, TorchSharp.torch.Tensor.softmax, TorchSharp.torch.nn.functional.gelu")]
    [InlineData("Ops.Marked")]
    [InlineData("")]
    public async Task Names_that_are_kept_are_none(string names) => Assert.Empty(await Report(Types, (Float32, names)));

    [Fact]
    public async Task A_list_of_some_files_is_looked_at_once()
    {
        var options = new ConfigOptions { Files = new() { ["Source0.cs"] = [(Float32, "Ops.Gelux")], ["Source1.cs"] = [(Float32, "Ops.Gelux")] } };
        Assert.Single(await Report(options, TestReferences.Usings + Types, "class Second;", "class Third;"));
    }

    private static Task<IReadOnlyList<Diagnostic>> Report(string source, params (string Option, string Names)[] options)
        => Report(new ConfigOptions(options), TestReferences.Usings + source);

    private static async Task<IReadOnlyList<Diagnostic>> Report(ConfigOptions options, params string[] sources)
        => await RuleCompilation.Compile(sources).WithAssemblyName("TestProject")
            .WithAnalyzers([new OperationListAnalyzer()], new AnalyzerOptions([], options))
            .GetAnalyzerDiagnosticsAsync();
}
