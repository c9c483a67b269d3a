using Microsoft.CodeAnalysis.Testing;
using Precision.Analyzer.Tests.Infrastructure;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>
/// What holds for every rule about operations: where it reports a fault wherever it stands, and what silences it. The fault is an
/// expression on the variables <c>h</c> (Float16), <c>w</c> (float32), <c>x</c> (unknown) and <c>m</c> (booleans), with
/// <c>[|…|]</c> around what is reported.
/// </summary>
public abstract class OperationRuleTests(string id, string fault)
{
    private const string Variables = "Tensor x, Tensor m, bool b";

    private readonly string marked = fault.Replace("[|", $"{{|{id}:", StringComparison.Ordinal);
    private readonly string unmarked = fault.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal);

    /// <summary>Another library with the same names.</summary>
    private const string OtherLibrary = """
        namespace Other
        {
            enum ScalarType { Float16, Float32 }
            class Tensor
            {
                public Tensor half() => this;
                public Tensor add_(Tensor other) => this;
                public Tensor to(ScalarType type) => this;
                public Tensor softmax(int dim) => this;
                public Tensor sum(ScalarType type = ScalarType.Float32) => this;
                public Tensor exp() => this;
                public Tensor log() => this;
                public Tensor eq(Tensor other) => this;
                public Tensor sigmoid() => this;
                public Tensor masked_fill(Tensor mask, double value) => this;
                public Tensor clamp(double min) => this;
                public Tensor matmul(Tensor other) => this;
                public static Tensor operator *(Tensor x, double y) => x;
            }
            static class functional
            {
                public static Tensor mse_loss(Tensor x, Tensor y) => x;
                public static Tensor binary_cross_entropy(Tensor x, Tensor y) => x;
            }
            static class C { static Tensor arange(int stop) => new(); static void M(Tensor x, Tensor m, Tensor w) { var h = x.half(); var y = FAULT; } }
        }
        """;

    [Fact]
    public Task In_a_method_it_is_reported() => Rule.Verify(InMethod("var h = x.half();", $"var y = {marked};"));

    [Fact]
    public Task In_a_lambda_and_a_local_function_it_is_reported() => Rule.Verify(InMethod(
        "var h = x.half();",
        $$"""Func<Tensor> f = () => {{marked}}; Tensor G() { return {{marked}}; } var y = f() is null ? G() : null;"""));

    [Fact]
    public Task In_a_loop_and_a_using_it_is_reported() => Rule.Verify(InMethod(
        "var h = x.half();",
        $$"""for (var i = 0; i < 3; i++) { using var scope = NewDisposeScope(); using (var y = {{marked}}) { } }"""));

    [Fact]
    public Task In_an_initialiser_it_is_reported() => Rule.Verify(
        $$"""class C { static readonly Tensor h = zeros(2, dtype: ScalarType.Float16), w = zeros(2), m = zeros(2), x = zeros(2); static Tensor Y { get { var h = x.half(); var w = zeros(2); return {{marked}}; } } }""");

    [Fact]
    public Task Suppressed_it_is_not() => Rule.Verify(InMethod("var h = x.half();", $"\n#pragma warning disable {id} // known\nvar y = {unmarked};\n"));

    [Fact]
    public Task Suppressed_by_attribute_it_is_not() => Rule.Verify(
        InMethod("var h = x.half();", $"var y = {unmarked};").Replace(
            "static void",
            $"[System.Diagnostics.CodeAnalysis.SuppressMessage(\"Precision.Numerics\", \"{id}\")] static void",
            StringComparison.Ordinal));

    [Fact]
    public Task In_generated_code_it_is_not() => Rule.Verify(
        "",
        test => test.TestState.Sources.Add(("Some.g.cs", TestReferences.Usings + InMethod("var h = x.half();", $"var y = {unmarked};"))));

    [Fact]
    public Task In_another_library_it_is_not() => Rule.Verify(
        "",
        test => test.TestState.Sources.Add(OtherLibrary.Replace("FAULT", unmarked, StringComparison.Ordinal)));

    [Fact]
    public Task Without_TorchSharp_it_is_not()
    {
        var test = new RuleTest<Precision.Generator.Rules.Numerics.OperationAnalyzer, EmptyCodeFixProvider>
        {
            TestCode = OtherLibrary.Replace("FAULT", unmarked, StringComparison.Ordinal),
        };
        test.TestState.AdditionalReferences.Clear();
        test.TestState.AdditionalReferences.AddRange(Basic.Reference.Assemblies.Net100.References.All);
        return test.RunAsync();
    }

    [Fact]
    public async Task Code_that_is_being_typed_is_survived()
    {
        foreach (var length in Enumerable.Range(1, unmarked.Length - 1))
        {
            await RuleCompilation.Create(TestReferences.Usings + InMethod("var h = x.half();", $"var y = {unmarked[..length]}"));
        }
    }

    private protected static string InMethod(string before, string body)
        => $$"""static class C { static void M({{Variables}}) { {{before}} var w = zeros(2, 2); {{body}} } }""";

    /// <summary>The fault after other statements that give <c>h</c> its dtype, without what marks it.</summary>
    private protected Task VerifySilent(string before) => Rule.Verify(InMethod(before, $"var y = {unmarked};"));

    /// <summary>As <see cref="VerifySilent"/>, reported.</summary>
    private protected Task VerifyReported(string before) => Rule.Verify(InMethod(before, $"var y = {marked};"));
}

/// <summary>What holds for every rule that asks for the dtype of what goes in.</summary>
public abstract class InputRuleTests(string id, string fault) : OperationRuleTests(id, fault)
{
    [Theory]
    [InlineData("var h = x.half();")]
    [InlineData("var h = x.to(ScalarType.Float16);")]
    [InlineData("var h = x.to_type(float16).relu();")]
    [InlineData("var h = zeros(2, 2, dtype: half);")]
    [InlineData("var half = 2; var h = x.half();")]
    [InlineData("Tensor h; if (b) h = x.half(); else h = ones(2, dtype: ScalarType.Float16);")]
    [InlineData("var (h, n) = (x.half(), 1);")]
    [InlineData("var h = x.half(); foreach (var i in new[] { 1, 2 }) { h = h * 2; }")]
    public Task A_value_known_to_be_Float16_is_reported(string before) => VerifyReported(before);

    [Theory]
    [InlineData("var h = zeros(2, 2);")] // float32
    [InlineData("var h = x.half().@float();")] // cast back
    [InlineData("var h = x.half().to(ScalarType.Float32);")]
    [InlineData("var h = x.half().type_as(zeros(2));")]
    [InlineData("var h = x; var other = x.half();")] // unknown
    [InlineData("var h = b ? x.half() : x;")] // one or the other
    [InlineData("var h = x.half(); if (b) { h = zeros(2, 2); }")]
    [InlineData("var h = Id(x.half()); static T Id<T>(T value) => Other(value); static T Other<T>(T value) => default!;")] // through a generic wrapper
    [InlineData("var h = new[] { x.half(), x }[b ? 0 : 1];")]
    [InlineData("var other = x.half(); var h = new List<Tensor>().First();")]
    public Task A_value_not_known_to_be_16_bit_is_not(string before) => VerifySilent(before);

    [Fact]
    public Task A_parameter_of_a_lambda_is_not() => VerifySilent("var other = x.half(); Func<Tensor, Tensor> f = t => t; var h = f(x);");
}
