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
    public Task What_cannot_be_intercepted_is_told(string members) => Rule.Verify(InClass(members));

    [Theory]
    [InlineData("Tensor F(Tensor x) => functional.softmin(x, 1) + x.softmax(0) + softmax1.call(x);")]
    [InlineData("Func<Tensor, Tensor> F() => x => x.softmax(1);")]
    [InlineData("Tensor F(Tensor x) => marked.call(x) + marked.forward(x) + secret.call(x);")]
    [InlineData("Func<Tensor, Tensor> F() => x => marked.call(x);")]
    [InlineData("Func<Tensor, Tensor> F() => unmarked.call;")]
    [InlineData("Func<Tensor, Tensor> F() => functional.logsigmoid;")]
    [InlineData("Func<IEnumerable<Parameter>> F() => () => marked.parameters();")]
    [InlineData("Sequential F() => Sequential(unmarked, ReLU());")]
    [InlineData("Parameter F() => marked.weight;")]
    [InlineData("string F() => nameof(marked.call);")]
    [InlineData("static Tensor softmin(Tensor x, long dim) => x; Func<Tensor, long, Tensor> F() => softmin;")]
    [InlineData("int F() => list.Count;")]
    public Task What_is_intercepted_or_not_concerned_is_not(string members) => Rule.Verify(InClass(members));
}
