using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Regions.RegionAnalyzer>;

namespace Precision.Analyzer.Tests.Regions;

/// <summary>PRC3006 for the user's lists of operations: each use that cannot be replaced, and no other.</summary>
public class ListedUseTests
{
    private const string Float32 = "precision_computes_in_float32";

    private static string InClass(string members) => $$"""
        static class Ops
        {
            [ComputesIn(Dtype.Float32)] public static Tensor Stable(Tensor x) => x;
            [ComputesIn(Dtype.Auto)] public static Tensor Fast(this Tensor x, int times = 1) => x;
            [ComputesIn(Dtype.Float32)] public static Tensor Of<T>(Generic<T> generic, Tensor x) => x;
            public static Tensor Other(Tensor x) => x;
        }

        sealed class Point(Tensor x)
        {
            public Tensor Value => x;
            public static Tensor operator -(Point point) => ones(1);
            public static Tensor operator +(Point point, Tensor x) => x;
        }

        [ComputesIn(Dtype.Float32)]
        class Norm() : Module<Tensor, Tensor>("n") { public override Tensor forward(Tensor x) => x; }

        class Generic<T>
        {
            [ComputesIn(Dtype.Float32)] public T Keep(T x) => x;
            public T Inside(T x) => {|#9:Keep(x)|};
        }

        class Base
        {
            [ComputesIn(Dtype.Float32)] public virtual Tensor Run(Tensor x) => x;
        }

        class C : Base
        {
            readonly Norm norm = new();
            [FullPrecision] readonly Norm marked = new();
            readonly Softplus softplus = Softplus();
            readonly ReLU relu = ReLU();
            public override Tensor Run(Tensor x) => base.Run(x);
            {{members}}
        }
        """;

    private static Task Verify(string members, params (string Option, string Names)[] options)
        => Rule.Verify(InClass(members).Replace("{|#9:Keep(x)|}", "{|PRC3006:Keep|}(x)", StringComparison.Ordinal), test => test.TestState.AnalyzerConfigFiles.Add((
            "/.globalconfig",
            "is_global = true\n" + string.Concat(options.Select(static option => $"{option.Option} = {option.Names}\n")))));

    [Theory]
    [InlineData("Func<Tensor, Tensor> F() => {|PRC3006:Ops.Stable|};")]
    [InlineData("IEnumerable<Tensor> F(Tensor[] xs) => xs.Select({|PRC3006:Ops.Stable|});")]
    [InlineData("Func<Tensor, Tensor> F() => {|PRC3006:norm.call|};")]
    [InlineData("Func<Tensor, Tensor> F(Base other) => {|PRC3006:other.Run|};")]
    [InlineData("Tensor F(Tensor x) => base.{|PRC3006:Run|}(x);")]
    [InlineData("Sequential F() => Sequential({|PRC3006:norm|}, ReLU());")]
    [InlineData("Sequential F() => Sequential((\"a\", {|PRC3006:new Norm()|}), (\"b\", relu));")]
    [InlineData("Sequential F(Sequential s) => s.append({|PRC3006:norm|});")]
    [InlineData("Module<Tensor, Tensor> F() { Module<Tensor, Tensor> plain = {|PRC3006:new Norm()|}; return plain; }")]
    [InlineData("readonly Module<Tensor, Tensor> plain = {|PRC3006:new Norm()|};")]
    [InlineData("Tensor F<T>(T module, Tensor x) where T : Norm => module.{|PRC3006:call|}(x);")]
    [InlineData("object F(dynamic x) => {|PRC3006:Ops.Stable|}(x);")]
    public Task A_use_of_what_an_attribute_lists_is_reported(string members) => Verify(members);

    [Theory]
    [InlineData("Point.op_UnaryNegation", "Tensor F(Point p) => {|PRC3006:-p|};")]
    [InlineData("Point.op_Addition", "Tensor F(Point p, Tensor x) => {|PRC3006:p + x|};")]
    [InlineData("TorchSharp.torch.Tensor.op_Addition", "Tensor F(Tensor x) { {|PRC3006:x += x|}; return x; }")]
    [InlineData("Point.Value", "Tensor F(Point p) => {|PRC3006:p.Value|};")]
    [InlineData("Point.Point", "Point F(Tensor x) => {|PRC3006:new Point(x)|};")]
    [InlineData("TorchSharp.torch.special.i0", "Func<Tensor, Tensor> F() => {|PRC3006:special.i0|};")]
    [InlineData("TorchSharp.Modules.Softplus", "Sequential F() => Sequential({|PRC3006:softplus|}, {|PRC3006:Softplus|}());")]
    [InlineData("TorchSharp.Modules.Softplus", "Func<Tensor, Tensor> F() => {|PRC3006:softplus.forward|};")]
    public Task A_use_of_what_an_option_lists_is_reported(string name, string members)
        => Verify(members.Replace("Tensor F(Point", "public Tensor F(Point", StringComparison.Ordinal), (Float32, name));

    [Theory]
    [InlineData("Tensor F(Tensor x) => Ops.Stable(x) + x.Fast() + Ops.Fast(times: 2, x: x);")]
    [InlineData("Tensor F(Tensor x) => norm.call(x) + norm.forward(x) + Run(x) + this.Run(x);")]
    [InlineData("Func<Tensor, Tensor> F() => x => Ops.Stable(x);")]
    [InlineData("Tensor? F(Base? other, Tensor x) => other?.Run(x);")]
    [InlineData("Tensor F(Generic<Tensor> generic, Tensor x) => generic.Keep(x);")]
    [InlineData("Func<Tensor, Tensor> F() => Ops.Other;")]
    [InlineData("string F() => nameof(Ops.Stable) + nameof(norm.call);")]
    [InlineData("Sequential F() => Sequential(relu, softplus);")]
    [InlineData("Norm F() { Norm own = new Norm(); Norm other = norm; return own ?? other; }")]
    [InlineData("int F() => norm.parameters().Count();")]
    [InlineData("object F(dynamic x) => Ops.Other(x);")]
    [InlineData("Tensor F(Tensor x) => special.i0(x) - x;")]
    [InlineData("static Tensor Stable(Tensor x) => x; Func<Tensor, Tensor> F() => Stable;")]
    [InlineData("void F() { this.ToString(); base.ToString(); }")]
    public Task A_use_that_is_replaced_or_not_listed_is_not(string members) => Verify(members, (Float32, "TorchSharp.torch.special.i0"));

    [Fact]
    public Task Where_interceptors_are_off_every_call_is_reported()
        => Rule.Verify(
            """
            static class Ops
            {
                [ComputesIn(Dtype.Float32)] public static Tensor Stable(Tensor x) => x;
                public static Tensor Call(Tensor x) => {|PRC3006:Stable|}(x);
            }
            """,
            static test => test.SolutionTransforms.Add(static (solution, project) => solution.WithProjectParseOptions(
                project, solution.GetProject(project)!.ParseOptions!.WithFeatures([]))));

    private const string Copy = """
        file static class Copy
        {
            internal static Tensor Weights(Tensor scores) => special.{|PRC3006:i0|}(scores);
        }
        """;

    [Fact]
    public Task Calls_in_files_of_the_same_text_are_reported()
        => Rule.Verify(Copy, static test =>
        {
            test.TestState.Sources.Add(("Other.cs", Infrastructure.TestReferences.Usings + Copy));
            test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", $"is_global = true\n{Float32} = TorchSharp.torch.special.i0\n"));
        });
}
