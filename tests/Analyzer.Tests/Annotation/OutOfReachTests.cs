using System.Globalization;
using Precision.Analyzer.Tests.Infrastructure;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.AnnotatedClassAnalyzer>;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>PRC0011.</summary>
public class OutOfReachTests
{
    private const string True16Bit = "[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)] ";

    [Theory]
    [InlineData("Input", "class Input { private Tensor x = ones(1); public Tensor Twice => x * 2; }")]
    [InlineData("Input", "class Input { public Tensor X { get; } = ones(1); }")]
    [InlineData("Input", "class Input(Tensor x) { public Tensor X => x; }")] // stored as a parameter
    [InlineData("Input", "class Input { public Tensor X { get; private set; } = ones(1); }")]
    [InlineData("Input", "readonly struct Input { public readonly Tensor X; }")]
    [InlineData("Input", "record Input(Tensor X) { public Tensor X { get; } = X; }")]
    [InlineData("Input", "record Input(Tensor X, Input? Next);")]
    [InlineData("Input", "record Input(Tensor X, Inner Inner); record Inner(Input? Outer);")]
    [InlineData("Input", "record Input(HashSet<Tensor> X);")]
    [InlineData("Input", "class Input : List<Tensor>;")]
    [InlineData("Input", "class Input { public Tensor X { get; set; } = ones(1); ~Input() { } }")]
    [InlineData("Input", "interface Input { Tensor X { get; set; } }")]
    [InlineData("Input", "class Base { public Tensor X { get; set; } = ones(1); } class Input : Base { public new int X; }")]
    [InlineData("Box<int>", "class Box<T> { public Tensor X { get; init; } = ones(1); }")]
    [InlineData("Tensor[,]", "")]
    [InlineData("List<Input[,]>", "record Input(Tensor X);")]
    [InlineData("Dictionary<string, Queue<Tensor>>", "")]
    [InlineData("System.Tuple<Tensor, int>", "")]
    [InlineData("List<List<List<List<List<List<List<List<List<Tensor>>>>>>>>>", "")]
    public Task Tensors_that_no_copy_can_hold_are_reported(string input, string types)
        => Rule.Verify($$"""
            {{types}}
            {{True16Bit}}partial class {|PRC0011:A|}() : Module<{{input}}, Tensor>("a") { private Tensor ForwardCore({{input}} x) => ones(1); }
            """);

    [Theory]
    [InlineData("Input", "record Input(Tensor X, string Name);")]
    [InlineData("Input", "class Input { private readonly int seed; private string? name; public Tensor X { get; set; } = ones(1); public Tensor Mean => X.mean(); }")]
    [InlineData("Input", "class Input { public required Tensor X { get; init; } }")]
    [InlineData("Input", "struct Input { internal Tensor X; public Tensor Y { get; set; } }")]
    [InlineData("Input", "readonly record struct Input(Tensor X);")]
    [InlineData("Input", "abstract record Input { public abstract Tensor X { get; init; } } record Real(Tensor X) : Input { public override Tensor X { get; init; } = X; }")]
    [InlineData("Input", "record Input(Linear Layer, Parameter Weight, Func<Tensor> Make, object Any, Input? Next) { private static Tensor Shared = ones(1); private event Action<Tensor>? Seen; }")] // none to cast
    [InlineData("Input", "class Input { private readonly int[] lengths = []; public Input? Parent { get; } }")]
    [InlineData("Box<int>", "record Box<T>(T First, Tensor X);")]
    [InlineData("Box<int>", "class Box<T> { public Tensor X { get; set; } = ones(1); }")]
    [InlineData("List<Input[]>", "record Input(Tensor X);")]
    [InlineData("(Input, Dictionary<string, Tensor>)?", "record Input(Tensor X, IReadOnlyList<Tensor> Rest);")]
    [InlineData("HashSet<string>", "")]
    [InlineData("System.Threading.Tasks.Task<Tensor>", "")]
    public Task Others_are_copied_or_hold_none(string input, string types)
        => Rule.Verify($$"""
            #pragma warning disable CS0067, CS0169, CS0414, CS0649, CS8618
            {{types}}
            {{True16Bit}}partial class A() : Module<{{input}}, Tensor>("a") { private Tensor ForwardCore({{input}} x) => ones(1); }
            """);

    [Theory]
    [InlineData("[MixedPrecision(Dtype.BFloat16)]", "HashSet<Tensor>, Tensor", "Info")]
    [InlineData("[MixedPrecision(Dtype.BFloat16)]", "Tensor, HashSet<Tensor>", "Info")]
    [InlineData("[MixedPrecision(Dtype.BFloat16, Output = Dtype.BFloat16)]", "Tensor, HashSet<Tensor>", "Warning")]
    [InlineData("[MixedPrecision(Dtype.BFloat16, Output = Dtype.BFloat16)]", "HashSet<Tensor>, HashSet<Tensor>", "Warning")]
    [InlineData("[MixedPrecision(Dtype.Float32)]", "HashSet<Tensor>, Tensor", "Warning")]
    [InlineData("[FullPrecision]", "HashSet<Tensor>, Tensor", "Warning")]
    [InlineData("[FullPrecision]", "Tensor, HashSet<Tensor>", "Info")]
    public async Task It_warns_where_the_policy_casts(string attribute, string types, string severity)
    {
        var (input, result) = types.StartsWith("HashSet", StringComparison.Ordinal) ? ("HashSet<Tensor>", types[17..]) : ("Tensor", types[8..]);
        var compilation = await RuleCompilation.Create(TestReferences.Usings + $$"""
            {{attribute}} partial class A() : Module<{{types}}>("a") { private {{result}} ForwardCore({{input}} x) => throw new Exception(); }
            """);
        var found = Assert.Single(compilation.Diagnostics);
        Assert.Equal(severity, found.Severity.ToString());
        Assert.Equal(
            "The forward of 'A' leaves the tensors in 'HashSet<Tensor>' as they are, because 'HashSet' is a type of another assembly: "
                + "use a tuple, an array, a list, a dictionary, or a record of your own",
            found.GetMessage(CultureInfo.InvariantCulture));
    }

    [Fact]
    public Task Each_place_is_reported_once()
        => Rule.Verify($$"""
            record Input(HashSet<Tensor> First, Stack<Tensor> Second);
            {{True16Bit}}partial class {|PRC0011:{|PRC0011:A|}|}() : Module<Input, Input, Input>("a") { private Input ForwardCore(Input x, Input y) => x; }
            """);

    [Fact]
    public Task A_class_that_inherits_its_forward_is_not_reported_again()
        => Rule.Verify($$"""
            {{True16Bit}}partial class {|PRC0011:A|}() : Module<HashSet<Tensor>, Tensor>("a") { protected virtual Tensor ForwardCore(HashSet<Tensor> x) => ones(1); }
            {{True16Bit}}partial class B : A { protected override Tensor ForwardCore(HashSet<Tensor> x) => ones(2); }
            """);
}
