using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Flow.Tests.Infrastructure;
using Precision.Generator.Forward;
using Precision.Generator.Modules;

namespace Precision.Flow.Tests.Modules;

/// <summary>
/// What holds what. A module is its class, a collection its elements in brackets (<c>…</c> where their order is open), those of
/// branches and loops in parentheses (<c>*</c> any number of times, <c>+</c> at least once), <c>?</c> what is not known.
/// </summary>
public class HoldingsTests
{
    [Theory]
    [InlineData("private readonly Linear held = Linear(4, 4);", "Linear")]
    [InlineData("private readonly Module<Tensor, Tensor> held = Linear(4, 4);", "Linear")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C(bool gelu) : base(\"c\") { held = gelu ? GELU() : ReLU(); }", "GELU|ReLU")]
    [InlineData("private Module<Tensor, Tensor> held; public C(int kind) : base(\"c\") => held = kind switch { 0 => new Own(), 1 => Tanh(), _ => throw new Exception() };", "Own|Tanh")]
    [InlineData("private readonly Module<Tensor, Tensor> held = (Module<Tensor, Tensor>)new Own().to(CPU);", "Own")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C(Module<Tensor, Tensor>? m) : base(\"c\") => held = m ?? ReLU();", "ReLU|?")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C(Module<Tensor, Tensor> m) : base(\"c\") => held = m;", "?")]
    [InlineData("private Module<Tensor, Tensor> held = null!; public C() : base(\"c\") => Build(); private void Build() { held = Linear(4, 4); }", "Linear")]
    [InlineData("private readonly Module<Tensor, Tensor> held = Make(true); private static Module<Tensor, Tensor> Make(bool b) { if (b) return new Own(); return Linear(4, 4); }", "Linear|Own")]
    [InlineData("private readonly Module<Tensor, Tensor> held = Id(new Own()); private static Module<Tensor, Tensor> Id(Module<Tensor, Tensor> m) => m;", "Own")]
    [InlineData("private readonly Sequential held = Sequential(Linear(4, 4), new Own(), ReLU());", "Sequential[Linear, Own, ReLU]")]
    [InlineData("private readonly Sequential held = Sequential((\"a\", Linear(4, 4)), (\"b\", Sequential((\"c\", ReLU()))));", "Sequential[Linear, Sequential[ReLU]]")]
    [InlineData("private readonly Sequential held = Sequential(Linear(4, 4)).append(ReLU());", "Sequential[Linear, ReLU…]")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C() : base(\"c\") { var list = new List<Module<Tensor, Tensor>>(); for (var i = 0; i < 3; i++) { list.Add(new Own()); list.Add(ReLU()); } held = Sequential(list.ToArray()); }", "Sequential[(Own, ReLU)+]")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C() : base(\"c\") { var list = new List<(string, Module<Tensor, Tensor>)> { (\"a\", new Own()) }; held = Sequential(list); }", "Sequential[Own]")]
    [InlineData("private readonly ModuleList<Module<Tensor, Tensor>> held = new(); public C() : base(\"c\") { held.Add(new Own()); held.append(ReLU()); }", "ModuleList[Own, ReLU…]")]
    [InlineData("private readonly ModuleList<Own> held = ModuleList(Enumerable.Range(0, 4).Select(_ => new Own()).ToArray());", "ModuleList[Own…]")]
    [InlineData("private readonly ModuleDict<Module<Tensor, Tensor>> held = new() { [\"a\"] = Linear(4, 4), [\"b\"] = new Own() };", "ModuleDict[Linear, Own]")]
    [InlineData("private readonly ModuleDict<Module<Tensor, Tensor>> held = ModuleDict<Module<Tensor, Tensor>>((\"a\", Linear(4, 4)));", "ModuleDict[Linear]")]
    [InlineData("private readonly Module<Tensor, Tensor>[] held = new Module<Tensor, Tensor>[2]; public C() : base(\"c\") { for (var i = 0; i < 2; i++) held[i] = new Own(); }", "[Own…]")]
    [InlineData("private readonly List<Module<Tensor, Tensor>> held = [new Own(), .. new[] { ReLU() }];", "[Own, ReLU]")]
    [InlineData("private readonly (Own, Linear) held = (new Own(), Linear(4, 4));", "[Own, Linear]")]
    [InlineData("private readonly ModuleList<Sequential> held = ModuleList(Sequential(Linear(4, 4)), Sequential(new Own()));", "ModuleList[Sequential[Linear], Sequential[Own]]")]
    [InlineData("private Module<Tensor, Tensor> held => b ? Linear(4, 4) : other; private bool b; private readonly Own other = new();", "Linear|Own")]
    [InlineData("private Module<Tensor, Tensor> held { get; set; } = ReLU();", "ReLU")]
    [InlineData("public Module<Tensor, Tensor> held { get; set; } = ReLU();", "ReLU|?")]
    [InlineData("protected Module<Tensor, Tensor> held = ReLU();", "ReLU|?")]
    [InlineData("private protected virtual Module<Tensor, Tensor> held => ReLU();", "ReLU|?")]
    [InlineData("internal Module<Tensor, Tensor> held = ReLU(); } static class Other { static void M(C c, Module<Tensor, Tensor> m) => c.held = m;", "ReLU|?")]
    [InlineData("internal readonly ModuleList<Module<Tensor, Tensor>> held = new(); } static class Other { static void M(C c) => c.held.Add(ReLU());", "ModuleList[?…]")]
    [InlineData("private readonly List<Own> held = []; public C() : base(\"c\") => Fill(held); private static void Fill(List<Own> list) { }", "[?…]")]
    [InlineData("private Module<Tensor, Tensor> held = ReLU(); private void Change(out Module<Tensor, Tensor> m) => m = null!; private void M() => Change(out held);", "ReLU|?")]
    [InlineData("private Module<Tensor, Tensor> held; private readonly Own other; public C() : base(\"c\") => (held, other) = (Linear(4, 4), new Own());", "Linear")]
    [InlineData("[FullPrecision] private readonly Module<Tensor, Tensor> held = Linear(4, 4);", "Linear!")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C() : base(\"c\") { held = this.held; }", "?")]
    [InlineData("private readonly Module<Tensor, Tensor> held = Make(() => new Own()); private static Module<Tensor, Tensor> Make(Func<Module<Tensor, Tensor>> make) => make();", "Own")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C(Own[] a, Own[] b) : base(\"c\") { held = ReLU(); foreach (var (x, y) in new[] { Linear(4, 4) }.Zip(new[] { new Own() })) held = y; }", "Own|ReLU")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C() : base(\"c\") { held = ReLU(); foreach (var (i, x) in new[] { Linear(4, 4) }.Index()) held = x; }", "Linear|ReLU")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C() : base(\"c\") { held = ReLU(); foreach (var (name, x) in new (string, Module<Tensor, Tensor>)[] { (\"a\", new Own()) }) held = x; }", "Own|ReLU")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C(Module<Tensor, Tensor>[] m) : base(\"c\") { held = ReLU(); foreach (var (x, y) in new[] { Linear(4, 4) }.Zip(m)) held = y; }", "ReLU|?")]
    [InlineData("private readonly Module<Tensor, Tensor> held; public C() : base(\"c\") { held = ReLU(); foreach (var x in new[] { 1 }.Zip(new[] { 2 }, (a, b) => new Own())) held = x; }", "ReLU|?")]
    [InlineData("private readonly Tensor held = ones(2);", "")]
    public void A_member_holds_what_is_put_there(string members, string expected)
        => Assert.Equal(expected, Text(Of(Class(members)).Member("C", "held")));

    [Theory]
    [InlineData("list.Add(Tanh()); for (var i = 0; i < n; i++) { list.Add(new Own()); list.Add(ReLU()); } list.Add(Linear(4, 4));", "[Tanh, (Own, ReLU)*, Linear]")]
    [InlineData("foreach (var width in new[] { 4, 8 }) { list.Add(Linear(width, 4)); }", "[(Linear)+]")]
    [InlineData("if (n > 1) { list.Add(new Own()); list.Add(ReLU()); } else { list.Add(Tanh()); }", "[(Own, ReLU)|Tanh]")]
    [InlineData("for (var i = 0; i < n; i++) { if (i > 0) list.Add(ReLU()); list.Add(new Own()); }", "[(()|ReLU, Own)*]")]
    [InlineData("list.AddRange([new Own(), ReLU()]); list.Add(n > 1 ? Tanh() : GELU());", "[Own, ReLU, GELU|Tanh]")]
    [InlineData("list.AddRange(Enumerable.Range(0, n).Select(_ => new Own())); list.Add(ReLU());", "[(Own…)*, ReLU]")]
    [InlineData("do { list.Add(new Own()); } while (list.Count < n);", "[(Own)+]")]
    [InlineData("for (var i = 0; i < 0; i++) { list.Add(ReLU()); }", "[(ReLU)*]")]
    [InlineData("for (var i = 0; i < 3; i++) { list.Add(new Own()); if (i == n) break; list.Add(ReLU()); }", "[Own, ReLU…]")]
    [InlineData("list.Add(new Own()); list.Insert(0, ReLU());", "[Own, ReLU…]")]
    [InlineData("list.Add(new Own()); list.Reverse(); list.Add(ReLU());", "[Own, ReLU…]")]
    [InlineData("list.Add(new Own()); var early = Sequential(list.ToArray()); list.Add(ReLU());", "[Own, ReLU…]")]
    [InlineData("list.Add(new Own()); list = [Tanh()]; list.Add(ReLU());", "[(Own, ReLU…)*|(Tanh, Own, ReLU…)*]")]
    [InlineData("Action add = () => list.Add(ReLU()); list.Add(new Own()); add();", "[ReLU, Own…]")]
    [InlineData("list.Add(new Own()); Fill(list);", "[?, Own…]")]
    public void A_list_holds_what_statements_add_in_their_order(string statements, string expected)
    {
        var source = Class($$"""
            private readonly Sequential held;
            public C(int n) : base("c") { var list = new List<Module<Tensor, Tensor>>(); {{statements}} held = Sequential(list); }
            private static void Fill(List<Module<Tensor, Tensor>> list) { }
            """);
        Assert.Equal($"Sequential{expected}", Text(Of(source).Member("C", "held")));
    }

    [Theory]
    [InlineData("new Own()", "protected override Module<Tensor, Tensor> Make() => Tanh();", "ModuleList[Tanh…]|Own|Tanh")]
    [InlineData("new Own()", "", "ModuleList[Own…]|Own|Own")]
    [InlineData("null!", "protected override Module<Tensor, Tensor> Make() => Sequential(new Own(), Other()); private Module<Tensor, Tensor> Other() => base.Make() ?? ReLU();", "ModuleList[Sequential[Own, ReLU]…]|Own|Sequential[Own, ReLU]")]
    [InlineData("new Own()", "public D(int n) { list.Add(GELU()); }", "ModuleList[GELU, Own…]|Own|Own")]
    [InlineData("new Own()", "public D(int n) { Shared = GELU(); }", "ModuleList[Own…]|GELU, Own|Own")]
    [InlineData("new Own()", "protected override Module<Tensor, Tensor> Named => GELU();", "ModuleList[Own…]|Own|GELU")]
    public void In_an_object_of_a_known_class_virtual_members_are_that_classs(string made, string members, string expected)
    {
        var source = Of(Hierarchy(made, members));
        var held = new[] { "list", "Shared", "Named" }.Select(name => Text(source.MemberIn("D", name)).Replace("|", ", ", StringComparison.Ordinal));
        Assert.Equal(expected, string.Join('|', held));
    }

    [Theory]
    [InlineData("D", "public static void M(D d, Module<Tensor, Tensor> m) => d.list.Add(m);", "ModuleList[?, Own, ?…]")]
    [InlineData("D", "private readonly D other = null!; protected override Module<Tensor, Tensor> Make() => other.Build(); private Module<Tensor, Tensor> Build() => Named;", "ModuleList[Own|?…]")]
    [InlineData("E", "} public class E : D { protected override Module<Tensor, Tensor> Make() => Given; public Module<Tensor, Tensor> Given { get; set; } = ReLU();", "ModuleList[ReLU|?…]")]
    [InlineData("B", "protected override Module<Tensor, Tensor> Make() => Tanh();", "ModuleList[Own|?…]")]
    public void What_the_class_leaves_open_stays_open(string type, string members, string expected)
    {
        var source = Of(Hierarchy("new Own()", members));
        Assert.Equal(expected, Text(type == "B" ? source.Member("B", "list") : source.MemberIn(type, "list")));
        Assert.True(source.Member("B", "list").HasOpenParts);
    }

    private static string Hierarchy(string made, string members) => Class("") + $$"""
        public abstract class B : Module<Tensor, Tensor>
        {
            internal readonly ModuleList<Module<Tensor, Tensor>> list = new();
            protected B() : base("b") { list.Add(Make()); }
            protected Module<Tensor, Tensor> Shared { get; set; } = new Own();
            protected virtual Module<Tensor, Tensor> Named => Make();
            protected virtual Module<Tensor, Tensor> Make() => {{made}};
            public override Tensor forward(Tensor x) => x;
        }

        public class D : B { {{members}} }
        """;

    [Fact]
    public void Models_are_followed_through_members_of_members()
    {
        var compilation = Of("""
            public class Leaf : Module<Tensor, Tensor> { public Leaf() : base("l") { } public override Tensor forward(Tensor x) => x; }
            public class Layer : Module<Tensor, Tensor> { private readonly Leaf leaf = new(); public Layer() : base("l") { } public override Tensor forward(Tensor x) => x; }
            public class Encoder : Module<Tensor, Tensor>
            {
                private readonly ModuleList<Layer> layers = new();
                public Encoder() : base("e") { for (var i = 0; i < 3; i++) layers.Add(Blocks.Make()); }
                public override Tensor forward(Tensor x) => x;
            }
            public static class Blocks { public static Layer Make() => new(); }
            [FullPrecision] public partial class Exact : Module<Tensor, Tensor> { private readonly Other other = new(); public Exact() : base("e") { } private Tensor ForwardCore(Tensor x) => x; }
            public class Other : Module<Tensor, Tensor> { public Other() : base("o") { } public override Tensor forward(Tensor x) => x; }
            [MixedPrecision(Dtype.Float16)]
            public partial class Model : Module<Tensor, Tensor>
            {
                private readonly Encoder encoder = new();
                private readonly Exact exact = new();
                [FullPrecision] private readonly Leaf head = new();
                public Model() : base("m") => register_module("own", new Registered());
                private Tensor ForwardCore(Tensor x) => x;
            }
            public class Registered : Module<Tensor, Tensor> { public Registered() : base("r") { } public override Tensor forward(Tensor x) => x; }
            public class Free : Module<Tensor, Tensor> { private readonly Other other = new(); public Free() : base("f") { } public override Tensor forward(Tensor x) => x; }
            """);
        Assert.Equal(["Model.encoder"], compilation.Holders("Encoder"));
        Assert.Equal(["Model.encoder.layers"], compilation.Holders("Layer"));
        Assert.Equal(["Model.encoder.layers.leaf", "Model.head!"], compilation.Holders("Leaf").Order());
        Assert.Equal(["Exact.other"], compilation.Holders("Other"));
        Assert.Equal(["Model"], compilation.Holders("Registered"));
        Assert.Empty(compilation.Holders("Free"));
        Assert.Empty(compilation.Holders("Exact"));
        Assert.True(compilation.IsMadeElsewhere("Other"));
        Assert.False(compilation.IsMadeElsewhere("Layer"));
        Assert.False(compilation.IsMadeElsewhere("Leaf"));
        Assert.False(compilation.IsMadeElsewhere("Encoder"));
    }

    [Fact]
    public void What_a_local_holds_is_found_out_once()
    {
        var reads = Of(Class("""
            private readonly Linear first = Linear(4, 4);
            private readonly Own second = new();
            private Tensor Run(Tensor x, bool b)
            {
                Module<Tensor, Tensor> held = b ? first : second, other = second;
                for (var i = 0; i < 3; i++) { held = other; }
                return held.call(held.call(held.call(x)));
            }
            """)).ReadReceivers("call");
        Assert.Equal(3, reads.Length);
        Assert.Equal("Linear|Own", Text(reads[0]));
        Assert.All(reads, read => Assert.Same(reads[0], read));
    }

    [Fact]
    public void A_local_of_a_helper_holds_what_the_call_at_hand_gives()
        => Assert.Equal("[Own, Linear]", Text(Of(Class("""
            private readonly (Module<Tensor, Tensor>, Module<Tensor, Tensor>) held = (Id(new Own()), Id(Linear(4, 4)));
            private static Module<Tensor, Tensor> Id(Module<Tensor, Tensor> m) { var local = m; return local; }
            """)).Member("C", "held")));

    [Theory]
    [InlineData("static class P { static void Main() => new Block().call(ones(2)); }", true)]
    [InlineData("static class P { static Block Make() => new(); static void Run() => Make().call(ones(2)); }", true)]
    [InlineData("static class P { static Block Make() => new(); }", false)]
    [InlineData("class Test { private readonly Block block = new(); }", true)]
    [InlineData("class Test { private readonly Block block; Test(Block block) => this.block = block; }", false)]
    [InlineData("", false)]
    public void Who_else_makes_a_module_is_known(string other, bool isMade) => Assert.Equal(isMade, Of("""
        public class Block : Module<Tensor, Tensor> { public Block() : base("b") { } public override Tensor forward(Tensor x) => x; }
        [MixedPrecision(Dtype.Float16)]
        public partial class Model : Module<Tensor, Tensor>
        {
            private readonly Block block = new();
            public Model() : base("m") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => block.call(x);
        }
        """ + other).IsMadeElsewhere("Block"));

    private static string Class(string members)
    {
        var constructor = members.Contains("public C(", StringComparison.Ordinal) ? "" : "public C() : base(\"c\") { } ";
        return $$"""
            public sealed class Own : Module<Tensor, Tensor> { public Own() : base("o") { } public override Tensor forward(Tensor x) => x; }
            public class C : Module<Tensor, Tensor> { public override Tensor forward(Tensor x) => x; {{constructor}}{{members}} }
            """;
    }

    private static Source Of(string text) => new(text);

    private static string Text(Held held) => string.Join("|", held.Modules.Select(Text).Order(StringComparer.Ordinal).Concat(held.IsOpen ? ["?"] : Array.Empty<string>()));

    private static string Text(HeldModule module)
        => module.Type?.Name
            + (module.IsCollection ? $"{(module.IsRun ? '(' : '[')}{string.Join(", ", module.Elements.Select(Text))}{(module.IsOrdered ? "" : "…")}{(module.IsRun ? ')' : ']')}" : "")
            + module.Rounds switch { Rounds.Any => "*", Rounds.Some => "+", _ => "" }
            + (module.IsMarked ? "!" : "");

    private sealed class Source
    {
        private readonly Compilation compilation;
        private readonly Holdings holdings;

        public Source(string text)
        {
            compilation = Truth.Of([("Source.cs", text)]).Compilation;
            Assert.DoesNotContain(compilation.GetDiagnostics(), static diagnostic => diagnostic.Severity is DiagnosticSeverity.Error);
            holdings = new Holdings(compilation);
        }

        public Held Member(string type, string name) => holdings.Of(Type(type).GetMembers(name).Single(), type: null, default);

        /// <summary>What an inherited member holds in objects of a class.</summary>
        public Held MemberIn(string type, string name)
        {
            var declaring = Type(type);
            while (declaring.GetMembers(name).IsEmpty)
            {
                declaring = declaring.BaseType!;
            }

            return holdings.Of(declaring.GetMembers(name).Single(), Type(type), default);
        }

        /// <summary>What one reader says of the objects that methods of some name are called on.</summary>
        public Held[] ReadReceivers(string method)
        {
            var (reader, tree) = (holdings.ReaderOf(default), compilation.SyntaxTrees.First());
            var model = compilation.GetSemanticModel(tree);
            return
            [
                .. tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>()
                    .Select(call => model.GetOperation(call)).OfType<IInvocationOperation>()
                    .Where(call => call.TargetMethod.Name == method)
                    .Select(call => reader.Read(call.Instance)),
            ];
        }

        public IEnumerable<string> Holders(string type)
            => All()[Type(type)].Select(static holder => holder.Path + (holder.IsMarked ? "!" : ""));

        public bool IsMadeElsewhere(string type) => All().IsMadeElsewhere(Type(type));

        private Holders All() => Precision.Generator.Modules.Holders.Of(compilation, holdings, AnnotatedClassFinder.Find(compilation, default), static _ => { }, default);

        private INamedTypeSymbol Type(string name) => compilation.GetTypeByMetadataName(name)!;
    }
}
