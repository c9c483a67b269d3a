using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Regions.RegionAnalyzer>;

namespace Precision.Analyzer.Tests.Regions;

/// <summary>PRC3006.</summary>
public class InterceptionTests
{
    private static string InClass(string members) => $$"""
        class C<T>
        {
            sealed class Secret() : Module<Tensor, Tensor>("s") { public override Tensor forward(Tensor x) => x; }
            [FullPrecision] readonly Linear marked = Linear(4, 4);
            [FullPrecision] readonly ModuleList<Linear> list = ModuleList(Linear(4, 4));
            [FullPrecision] readonly Secret secret = new();
            [FullPrecision] Module<T, T>? Generic { get; set; }
            [FullPrecision] readonly dynamic late = Linear(4, 4);
            readonly Linear unmarked = Linear(4, 4);
            readonly Softmax softmax1 = Softmax(1);
            {{members}}
        }
        """;

    [Theory]
    [InlineData("Func<Tensor, long, Tensor> F() => {|PRC3006:functional.softmin|};")]
    [InlineData("Func<long, ScalarType?, Tensor> F(Tensor x) => {|PRC3006:x.softmax|};")]
    [InlineData("IEnumerable<Tensor> F(Tensor[] xs) => xs.Select({|PRC3006:softmax1.call|});")]
    [InlineData("Func<Tensor, Tensor> F() => {|PRC3006:marked.call|};")]
    [InlineData("Func<Tensor, Tensor> F() => {|PRC3006:this.marked.forward|};")]
    [InlineData("Tensor F(Tensor x) { foreach (var layer in {|PRC3006:list|}) x = layer.call(x); return x; }")]
    [InlineData("Tensor F(Tensor x) => {|PRC3006:list|}[0].call(x);")]
    [InlineData("Sequential F() => Sequential({|PRC3006:marked|}, ReLU());")]
    [InlineData("Sequential F() => Sequential((\"head\", {|PRC3006:marked|}));")]
    [InlineData("Tensor F(Tensor x) => secret.{|PRC3006:forward|}(x);")]
    [InlineData("T F(T x) => Generic!.{|PRC3006:call|}(x);")]
    [InlineData("T? F(T x) => Generic is null ? default : Generic.{|PRC3006:forward|}(x);")]
    [InlineData("Tensor F<TModule>(TModule module, Tensor x) where TModule : Module<Tensor, Tensor> => module.{|PRC3006:call|}(x);")]
    [InlineData("Tensor F<TModule>(TModule module, Tensor x) where TModule : Module<Tensor, Tensor>, IDisposable => module.{|PRC3006:forward|}(x);")]
    [InlineData("Tensor? F<TModule>(TModule? module, Tensor x) where TModule : Module<Tensor, Tensor> => module?.{|PRC3006:call|}(x);")]
    [InlineData("object F(dynamic x) => {|PRC3006:marked.call|}(x);")]
    [InlineData("object? F(dynamic x) => Generic?{|PRC3006:.forward|}(x);")]
    [InlineData("object F(Tensor x) => {|PRC3006:late.forward|}(x);")]
    public Task What_cannot_be_intercepted_is_told(string members) => Rule.Verify(InClass(members));

    [Theory]
    [InlineData("Tensor F(Tensor x) => functional.softmin(x, 1) + x.softmax(0) + softmax1.call(x);")]
    [InlineData("Func<Tensor, Tensor> F() => x => x.softmax(1);")]
    [InlineData("Tensor F(Tensor x) => marked.call(x) + marked.forward(x) + secret.call(x);")]
    [InlineData("object F(dynamic x) => marked.call((Tensor)x);")]
    [InlineData("object F(dynamic x) => unmarked.call(x) + x.call(x) + late.parameters();")]
    [InlineData("Func<Tensor, Tensor> F() => x => marked.call(x);")]
    [InlineData("Func<Tensor, Tensor> F() => unmarked.call;")]
    [InlineData("Func<Tensor, Tensor> F() => functional.logsigmoid;")]
    [InlineData("Func<IEnumerable<Parameter>> F() => () => marked.parameters();")]
    [InlineData("Sequential F() => Sequential(unmarked, ReLU());")]
    [InlineData("Parameter F() => marked.weight;")]
    [InlineData("string F() => nameof(marked.call);")]
    [InlineData("static Tensor softmin(Tensor x, long dim) => x; Func<Tensor, long, Tensor> F() => softmin;")]
    [InlineData("int F() => list.Count;")]
    [InlineData("Tensor F<TModule>(TModule module, Tensor x) where TModule : Module<Tensor, Tensor, Tensor> => module.call(x, x);")]
    [InlineData("Sequential F() => Sequential(Linear(4, 4), Softmax(1));")] // in no annotated class
    public Task What_is_intercepted_or_not_concerned_is_not(string members) => Rule.Verify(InClass(members));

    private const string Copy = """
        file static class Copy
        {
            internal static Tensor Weights(Tensor scores) => scores.{|PRC3006:softmax|}(1);
            internal static Tensor Head(Softmax head, Module<Tensor, Tensor> any, Linear linear, Tensor x) => head.{|PRC3006:call|}(any.{|PRC3006:forward|}(linear.call(x)));
            internal static Tensor Named(Tensor scores) => scores.softmax(1, ScalarType.Float32);
        }
        """;

    [Fact]
    public Task Calls_in_files_of_the_same_text_are_reported()
        => Rule.Verify(Copy, static test => test.TestState.Sources.Add(("Other.cs", Infrastructure.TestReferences.Usings + Copy)));

    [Fact]
    public Task A_comment_tells_two_files_apart()
    {
        var copy = Copy.Replace("{|PRC3006:", "", StringComparison.Ordinal).Replace("|}", "", StringComparison.Ordinal);
        return Rule.Verify(copy, test => test.TestState.Sources.Add(("Other.cs", Infrastructure.TestReferences.Usings + copy + " // 2")));
    }

    private static string Annotated(string layers) => $$"""
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class C : Module<Tensor, Tensor>
        {
            private readonly Sequential layers;
            public C() : base("c") { layers = {{layers}}; RegisterComponents(); }
            private Tensor ForwardCore(Tensor x) => layers.call(x);
        }
        """;

    [Theory]
    [InlineData("Sequential(Linear(4, 4), {|PRC3006:Softmax|}(1))")]
    [InlineData("Sequential((\"a\", Linear(4, 4)), (\"b\", {|PRC3006:LogSoftmax|}(1)))")]
    [InlineData("nn.Sequential(nn.Linear(4, 4), Sequential(torch.nn.{|PRC3006:Softmin|}(1), ReLU()))")]
    [InlineData("Sequential({|PRC3006:AvgPool3d|}(2))")]
    [InlineData("Sequential({|PRC3006:LocalResponseNorm|}(2), ReLU())")]
    public Task A_layer_that_a_Sequential_calls_is_reported_where_it_is_created(string layers) => Rule.Verify(Annotated(layers));

    [Theory]
    [InlineData("Sequential(Linear(4, 4), ReLU(), LayerNorm(4), MaxPool2d(2))")]
    [InlineData("Sequential(new Head())")]
    public Task Other_layers_are_not(string layers) => Rule.Verify(Annotated(layers) + """
        class Head() : Module<Tensor, Tensor>("h") { public override Tensor forward(Tensor x) => x; }
        """);
}
