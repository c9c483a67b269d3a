using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>Constructors, and what only they call, run before a model's storage is converted.</summary>
public class ConstructionTests
{
    private const string Fault = "var f = weight.{|PRC1001:softmax|}(-1);";
    private const string NoFault = "var f = weight.softmax(-1);";

    [Theory]
    [InlineData("private Tensor ForwardCore(Tensor x) { " + Fault + " return x; }")]
    [InlineData("private Tensor ForwardCore(Tensor x) { Helper(); return x; } private void Helper() { " + Fault + " }")]
    [InlineData("private Tensor ForwardCore(Tensor x) { Helper(); return x; } private void Helper() => Deeper(); private void Deeper() { " + Fault + " }")]
    [InlineData("private Tensor ForwardCore(Tensor x) => x; public void Public() { " + Fault + " }")]
    [InlineData("private Tensor ForwardCore(Tensor x) => x; private void Unused() { " + Fault + " }")]
    [InlineData("private Tensor ForwardCore(Tensor x) { Init(); return x; } private void Init() { " + Fault + " } public C(int both) : this() => Init();")]
    [InlineData("private Tensor ForwardCore(Tensor x) => x; private void Later() { " + Fault + " } private Action? hook; public C(int later) : this() { hook = Later; }")]
    [InlineData("private Tensor ForwardCore(Tensor x) => x; private void Later() { " + Fault + " } private Action? hook; public C(int later) : this() { hook = () => Later(); }")]
    [InlineData("private Tensor ForwardCore(Tensor x) => x; public Tensor Soft { get { " + Fault + " return f; } }")]
    [InlineData("private Tensor ForwardCore(Tensor x) => x; protected void Reset() { " + Fault + " } public C(int resets) : this() => Reset();")]
    public Task What_may_run_later_is_judged_by_the_annotation(string members) => Rule.Verify(Model(members));

    [Theory]
    [InlineData("public C(int more) : this() { " + NoFault + " }")]
    [InlineData("public C(int more) : this() => Reset(); private void Reset() { " + NoFault + " }")]
    [InlineData("public C(int more) : this() => this.Reset(); private void Reset() { " + NoFault + " }")]
    [InlineData("public C(int more) : this() => Reset(); private void Reset() => Deeper(); private void Deeper() { " + NoFault + " }")]
    [InlineData("public C(int more) : this() { for (var i = 0; i < more; i++) { using (no_grad()) { Reset(); } } } private void Reset() { " + NoFault + " }")]
    [InlineData("public C(int more) : this() => Reset(more); private void Reset(int n) { " + NoFault + " if (n > 0) Reset(n - 1); }")]
    [InlineData("public C(int more) : this() => Even(more); private void Even(int n) { " + NoFault + " Odd(n); } private void Odd(int n) => Even(n);")]
    [InlineData("private readonly Tensor made; public C(int more) : this() => made = Made(); private Tensor Made() => weight.softmax(-1);")]
    [InlineData("public C(int more) : this() { var product = layer.weight.square().sum(); }")]
    [InlineData("public C(int more) : this() => Reset(); private void Reset() => layer.weight!.sum([0L], keepdim: true).sqrt();")]
    [InlineData("public C(int more) : this() { var f = layer.call(ones(2, 4)).softmax(-1); }")]
    [InlineData("private static readonly Tensor table = Table(); private static Tensor Table() => ones(4).softmax(-1);")]
    [InlineData("public C(int more) : this() => (weight2, more) = (Parameter(ones(4)), 1); private readonly Parameter weight2 = Parameter(ones(4).softmax(0));")]
    public Task What_only_constructors_run_is_not(string members) => Rule.Verify(Model("private Tensor ForwardCore(Tensor x) => x; " + members));

    [Fact]
    public Task Regions_do_not_hold_in_constructors_either() => Rule.Verify("""
        [MixedPrecision(Dtype.Float16)]
        sealed partial class C : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            public C() : base("c") { RegisterComponents(); Warm(); }
            private void Warm() { var y = layer.call(ones(2, 4)); y = y.masked_fill(y > 0, -1e9).exp(); }
            private Tensor ForwardCore(Tensor x) { var y = layer.call(x); return y.{|PRC1007:masked_fill|}(y > 0, -1e9); }
        }
        """);

    private static string Model(string members) => $$"""
        [MixedPrecision(Dtype.Float16, Parameters = Dtype.Float16, Autocast = false)]
        partial class C : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            private readonly Parameter weight = Parameter(ones(4));
            public C() : base("c") => RegisterComponents();
            {{members}}
        }
        """;
}
