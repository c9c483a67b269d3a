using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>Modules that are known by what is put where they are, and not by a type.</summary>
public class HeldModuleTests
{
    private const string Soft = ".{|PRC1001:softmax|}(-1)";

    [Theory]
    [InlineData("private readonly Module<Tensor, Tensor> m = Linear(4, 4);", "m.call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor> m = new Own();", "m.forward(x)")]
    [InlineData("private Module<Tensor, Tensor> m; public C(bool gelu) : this() => m = gelu ? GELU() : ReLU();", "m.call(layer.call(x))")]
    [InlineData("private Module<Tensor, Tensor> m; public C(int kind) : this() => Build(kind); private void Build(int kind) => m = kind switch { 0 => new Own(), _ => Linear(4, 4) };", "m.call(x)")]
    [InlineData("private readonly Sequential m = Sequential(Linear(4, 4), ReLU());", "m.call(x)")]
    [InlineData("private readonly Sequential m = Sequential((\"a\", new Own()), (\"b\", Sequential((\"c\", Dropout(0.1)))));", "m.call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor> m = Sequential(Enumerable.Range(0, 3).Select(_ => new Own()).ToArray());", "m.call(layer.call(x))")]
    [InlineData("private readonly ModuleList<Module<Tensor, Tensor>> m = new(); public C(int n) : this() { for (var i = 0; i < n; i++) m.Add(new Own()); }", "m[0].call(x)")]
    [InlineData("private readonly ModuleDict<Module<Tensor, Tensor>> m = new() { [\"a\"] = Linear(4, 4) };", "m[\"a\"].call(x)")]
    [InlineData("private readonly List<Module<Tensor, Tensor>> m = [new Own()];", "m[0].call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor>[] m = [Linear(4, 4), new Own()];", "m[n].call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor> m = Linear(4, 4);", "Run(m, x)")]
    [InlineData("private Module<Tensor, Tensor> m => new Own();", "m.call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor> m = Make(); private static Module<Tensor, Tensor> Make() => Linear(4, 4).to(CPU);", "m.call(x)")]
    [InlineData("private readonly Derived m = new(4);", "m.call(x)")]
    [InlineData("private readonly Inherits m = new();", "m.call(x)")]
    [InlineData("private readonly ModuleList<Sequential> m = ModuleList(Sequential(Linear(4, 4), GELU()));", "m.First().call(x)")]
    public Task What_a_held_module_gives_is_known(string members, string call) => Rule.Verify(Model("Float16", members, $"var y = {call}{Soft};"));

    [Theory]
    [InlineData("private readonly Module<Tensor, Tensor> m; public C(Module<Tensor, Tensor> m) : this() => this.m = m;", "m.call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor> m; public C(Module<Tensor, Tensor>? m) : this() => this.m = m ?? Linear(4, 4);", "m.call(x)")]
    [InlineData("protected Module<Tensor, Tensor> m = Linear(4, 4);", "m.call(x)")]
    [InlineData("public Module<Tensor, Tensor> m { get; set; } = Linear(4, 4); public static void Set(C c, Module<Tensor, Tensor> other) => c.m = other;", "m.call(x)")]
    [InlineData("private Module<Tensor, Tensor> m = Linear(4, 4); public void Set(Module<Tensor, Tensor> other) => m = other;", "m.call(x)")]
    [InlineData("protected virtual Module<Tensor, Tensor> m => Linear(4, 4);", "m.call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor> m = new Widens();", "m.call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor> m = true ? new Own() : new Widens();", "m.call(x)")]
    [InlineData("private readonly Sequential m = Sequential(Linear(4, 4), new Widens());", "m.call(x)")]
    [InlineData("private readonly ModuleList<Module<Tensor, Tensor>> m = new(); public void Add(Module<Tensor, Tensor> other) => m.Add(other);", "m[0].call(x)")]
    [InlineData("private readonly List<Module<Tensor, Tensor>> m = []; public C(int n) : this() => Fill(m); private static void Fill(List<Module<Tensor, Tensor>> list) => list.Add(new Widens());", "m[0].call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor>[] m = [Linear(4, 4), new Widens()];", "m[n].call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor>[] m = [Linear(4, 4), new Widens()];", "m[1].call(x)")]
    [InlineData("private readonly ModuleList<Module<Tensor, Tensor>> m = ModuleList<Module<Tensor, Tensor>>(Linear(4, 4), new Widens());", "m.Last().call(x)")]
    [InlineData("[FullPrecision] private readonly Module<Tensor, Tensor> m = Linear(4, 4);", "m.call(x)")]
    [InlineData("[FullPrecision] private readonly Own m = new();", "m.call(x)")]
    [InlineData("private Module<Tensor, Tensor> m = Linear(4, 4); private void Change(out Module<Tensor, Tensor> other) => other = new Widens(); public void Set() => Change(out m);", "m.call(x)")]
    [InlineData("private readonly Module<Tensor, Tensor> m = Embedding(4, 4).to(CPU);", "layer.weight!.@float()")]
    public Task Where_something_else_may_be_held_nothing_is_claimed(string members, string call)
        => Rule.Verify(Model("Float16", members, $"var y = {call}.softmax(-1);"));

    [Theory]
    [InlineData("foreach (var m in list) x = m.call(x); var y = x.{|PRC1001:softmax|}(-1);")]
    [InlineData("foreach (var m in list.Skip(1)) x = m.forward(x); var y = x.{|PRC1001:softmax|}(-1);")]
    [InlineData("for (var i = 0; i < list.Count; i++) x = list[i].call(x); var y = x.{|PRC1001:softmax|}(-1);")]
    [InlineData("var m = n > 0 ? list[0] : layer; var y = m.call(x).{|PRC1001:softmax|}(-1);")]
    [InlineData("var y = new Own().call(x).{|PRC1001:softmax|}(-1);")]
    [InlineData("Module<Tensor, Tensor> m = GELU(); var y = m.call(x).{|PRC1001:softmax|}(-1);")]
    public Task Locals_and_loops_hold_what_they_are_given(string body)
        => Rule.Verify(Model("Float16", "private readonly ModuleList<Module<Tensor, Tensor>> list = ModuleList<Module<Tensor, Tensor>>(new Own(), Linear(4, 4));", body));

    [Fact]
    public Task In_a_region_what_comes_out_is_known_where_the_input_is_not() => Rule.Verify("""
        sealed class ConvNorm : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv = Conv2d(3, 8, 1); private readonly BatchNorm2d norm = BatchNorm2d(8);
            public ConvNorm() : base("b") => RegisterComponents();
            public override Tensor forward(Tensor x) => norm.call(conv.call(x)).relu();
        }
        [MixedPrecision(Dtype.Float16)]
        sealed partial class Detector : Module<Tensor, Tensor>
        {
            private readonly ConvNorm stem = new(); private readonly Sequential body = Sequential(Conv2d(8, 8, 1), ReLU());
            private readonly Sequential soft = Sequential(Linear(8, 8), Softmax(-1));
            public Detector() : base("m") => RegisterComponents();
            private Tensor ForwardCore(Tensor x)
            {
                var y = stem.call(x);
                var z = body.call(y);
                var a = z.{|PRC1007:masked_fill|}(z > 0, -1e9);
                var b = y.{|PRC1007:masked_fill|}(y > 0, -1e9);
                var c = soft.call(x);
                return a + b + c.{|PRC1007:masked_fill|}(c > 0, -1e9);
            }
        }
        """);

    private static string Model(string dtype, string members, string body) => $$"""
        sealed class Own : Module<Tensor, Tensor> { private readonly Linear layer = Linear(4, 4); public Own() : base("o") => RegisterComponents(); public override Tensor forward(Tensor x) => layer.call(x); }
        sealed class Widens : Module<Tensor, Tensor> { public Widens() : base("w") { } public override Tensor forward(Tensor x) => x.@float(); }
        abstract class Base : Module<Tensor, Tensor> { protected readonly Linear layer; protected Base(int n) : base("b") => layer = Linear(n, n); public abstract override Tensor forward(Tensor x); }
        class Derived : Base { public Derived(int n) : base(n) => RegisterComponents(); public override Tensor forward(Tensor x) => layer.call(x); }
        class Inherits : Derived { public Inherits() : base(4) { } }
        [MixedPrecision(Dtype.{{dtype}}, Parameters = Dtype.{{dtype}}, Autocast = false)]
        partial class C : Module<Tensor, int, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            public C() : base("c") => RegisterComponents();
            private static Tensor Run(Module<Tensor, Tensor> module, Tensor t) => module.call(t);
            {{members}}
            private Tensor ForwardCore(Tensor x, int n) { {{body}} return y; }
        }
        """;

    /// <summary>Of its inputs a model in a region knows nothing itself; who holds it may.</summary>
    [Theory]
    [InlineData("Dtype.Float16, Parameters = Dtype.Float16, Autocast = false", "inner.call(x)")]
    [InlineData("Dtype.Float16, Parameters = Dtype.Float16, Autocast = false", "sequential.call(x)")]
    [InlineData("Dtype.Float16", "inner.call(layer.call(x))")]
    [InlineData("Dtype.Float16", "inner.call(given.call(x))")] // gives Float16
    public Task What_an_annotated_model_gets_from_its_holder_counts(string policy, string call) => Rule.Verify(
        Nested(policy, "[MixedPrecision(Dtype.Float16)]", "x.{|#0:std|}(-1)", call),
        test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1002")));

    [Theory]
    [InlineData("Dtype.Float16, Parameters = Dtype.Float16, Autocast = false", "inner.call(x.to(ScalarType.Float32))")]
    [InlineData("Dtype.Float16", "inner.call(x)")]
    [InlineData("Dtype.Float16", "inner.call(layer.call(x).softmax(-1, dtype: ScalarType.Float32))")]
    [InlineData("Dtype.Float16", "inner.call(x.argmax(-1))")]
    public Task Holders_that_give_float32_change_nothing(string policy, string call)
        => Rule.Verify(Nested(policy, "[MixedPrecision(Dtype.Float16)]", "x.std(-1)", call));

    [Fact]
    public Task A_model_in_full_precision_gets_float32_from_everyone()
        => Rule.Verify(Nested("Dtype.Float16, Parameters = Dtype.Float16, Autocast = false", "[FullPrecision]", "x.std(-1)", "inner.call(x)"));

    [Fact]
    public Task What_holds_whoever_calls_is_no_information() => Rule.Verify(
        Nested("Dtype.Float16", "[MixedPrecision(Dtype.Float16, Parameters = Dtype.Float16, Autocast = false)]", "x.{|#0:sum|}(-1)", "inner.call(x)"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1002",
            "'sum' gives Float16 (input of a true 16-bit class on line 14): it overflows above 65504; pass 'type: ScalarType.Float32'")));

    [Fact]
    public Task The_message_says_who_holds_the_model() => Rule.Verify(
        Nested("Dtype.Float16", "[MixedPrecision(Dtype.Float16)]", "x.{|#0:std|}(-1)", "inner.call(layer.call(x))"),
        test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1002").WithMessage(
            "'std' gives Float16 in Outer.inner (result of 'Linear' on line 33): it overflows above 65504; cast its input to float32 first")));

    private static string Nested(string policy, string inner, string body, string call) => $$"""
        {{inner}}
        sealed partial class Inner : Module<Tensor, Tensor>
        {
            public Inner() : base("inner") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => {{body}};
        }

        [MixedPrecision(Dtype.Float16, Output = Dtype.Float16)]
        sealed partial class Gives : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            public Gives() : base("gives") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => layer.call(x);
        }

        [MixedPrecision({{policy}})]
        sealed partial class Outer : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            private readonly Inner inner = new();
            private readonly Gives given = new();
            private readonly Sequential sequential = Sequential(Linear(4, 4), new Inner());
            public Outer() : base("outer") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => {{call}};
        }
        """;
}
