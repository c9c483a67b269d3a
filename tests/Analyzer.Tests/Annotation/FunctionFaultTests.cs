using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Annotation;
using Precision.Generator.Tests.Forward;
using Precision.Generator.Forward.Symbols;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Annotation.AnnotatedClassAnalyzer>;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>PRC0012.</summary>
public class FunctionFaultTests
{
    private const string Name = "public override string Name => \"f\"; ";
    private const string Forward = "Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0]; ";
    private const string Backward = "List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor g) => [g]; ";
    private const string Class = "[MixedPrecisionFunction] sealed partial class F : autograd.SingleTensorFunction<F> { " + Name;

    [Theory]
    [MemberData(nameof(FunctionShapes.Names), MemberType = typeof(FunctionShapes))]
    public async Task A_function_without_fault_is_generated(string shape)
    {
        var compilation = await RuleCompilation.Create(FunctionShapes.Source(shape));
        Assert.Empty(compilation.Diagnostics);
        Assert.Empty(compilation.CompilerErrors);
    }

    [Theory]
    [InlineData("'F' is not partial", "[MixedPrecisionFunction] sealed class F : autograd.SingleTensorFunction<F> { " + Name + Forward + Backward + "}")]
    [InlineData("'Outer' is not partial", "class Outer { " + Class + Forward + Backward + "} }")]
    [InlineData("'F' is file-local", "[MixedPrecisionFunction] file sealed partial class F : autograd.SingleTensorFunction<F> { " + Name + Forward + Backward + "}")]
    [InlineData("it derives from neither SingleTensorFunction<T> nor MultiTensorFunction<T>", "[MixedPrecisionFunction] partial class F { " + Forward + Backward + "}")]
    [InlineData("it derives from neither SingleTensorFunction<T> nor MultiTensorFunction<T>", "[MixedPrecisionFunction] partial class F() : Module<Tensor, Tensor>(\"f\") { public override Tensor forward(Tensor x) => x; }")]
    [InlineData("inputs cannot be cast to Auto: give Float32, Float16 or BFloat16, or leave CastInputs out", "[MixedPrecisionFunction(CastInputs = Dtype.Auto)] sealed partial class F : autograd.SingleTensorFunction<F> { " + Name + Forward + Backward + "}")]
    [InlineData("it has no 'Tensor ForwardCore(AutogradContext, object[])'", Class + Backward + "}")]
    [InlineData("it has no 'List<Tensor> BackwardCore(AutogradContext, Tensor)'", Class + Forward + "}")]
    [InlineData("its ForwardCore is not an instance method 'Tensor ForwardCore(AutogradContext, object[])'", Class + "Tensor ForwardCore(autograd.AutogradContext ctx, Tensor x) => x; " + Backward + "}")]
    [InlineData("its ForwardCore is not an instance method 'Tensor ForwardCore(AutogradContext, object[])'", Class + "static " + Forward + Backward + "}")]
    [InlineData("its BackwardCore is not an instance method 'List<Tensor> BackwardCore(AutogradContext, Tensor)'", Class + Forward + "Tensor BackwardCore(autograd.AutogradContext ctx, Tensor g) => g; }")]
    [InlineData("its BackwardCore is not an instance method 'List<Tensor> BackwardCore(AutogradContext, List<Tensor>)'", "[MixedPrecisionFunction] sealed partial class F : autograd.MultiTensorFunction<F> { " + Name + "List<Tensor> ForwardCore(autograd.AutogradContext ctx, object[] vars) => []; " + Backward + "}")]
    [InlineData("it overrides forward itself: rename it to ForwardCore", Class + "public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0]; " + Backward + "}")]
    [InlineData("it overrides backward itself: rename it to BackwardCore", Class + Forward + Backward + "public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor g) => [g]; }")]
    [InlineData("something in it is called backward already: rename it", Class + Forward + Backward + "int backward = 1; }")]
    [InlineData("something in it is called forward already: rename it", Class + Forward + Backward + "public static int forward(autograd.AutogradContext ctx, object[] vars) => 1; }")]
    [InlineData("'B' seals forward", "abstract class B<T> : autograd.SingleTensorFunction<T> where T : B<T>, new() { public sealed override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0]; } [MixedPrecisionFunction] sealed partial class F : B<F> { " + Name + Forward + Backward + "}")]
    public async Task A_fault_is_named(string reason, string source)
    {
        var compilation = await RuleCompilation.Create(TestReferences.Usings + source);
        var error = Assert.Single(compilation.Errors);
        Assert.Equal(("PRC0012", $"No forward and backward can be generated for 'F', because {reason}"), (error.Id, error.GetMessage()));
        Assert.Null(compilation.Generated.GetSymbolsWithName("F").Single().FindPrecisionGenerated());
    }

    [Theory]
    [InlineData(
        "[MixedPrecisionFunction] sealed class {|PRC0012:F|} : autograd.SingleTensorFunction<F> { public override string Name => \"f\"; private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0]; private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor g) => [g]; }",
        "[MixedPrecisionFunction] sealed partial class F : autograd.SingleTensorFunction<F> { public override string Name => \"f\"; private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0]; private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor g) => [g]; }")]
    [InlineData(
        "[MixedPrecisionFunction] sealed partial class F : autograd.SingleTensorFunction<F> { public override string Name => \"f\"; public override Tensor {|PRC0012:forward|}(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0]; public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor g) => [g]; }",
        "[MixedPrecisionFunction] sealed partial class F : autograd.SingleTensorFunction<F> { public override string Name => \"f\"; private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0]; private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor g) => [g]; }")]
    public Task The_fix_completes_it(string source, string fixedSource)
        => Rule.VerifyFix<MarkFunctionCodeFix>(source, fixedSource, static test => test.CompilerDiagnostics = Microsoft.CodeAnalysis.Testing.CompilerDiagnostics.None);
}
