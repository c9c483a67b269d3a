using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Annotation;
using Precision.Generator.Rules.Numerics;
using Precision.Generator.Rules.Regions;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Regions;

/// <summary>PRC3005.</summary>
public class FunctionTests
{
    private const string Forward = "public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).matmul((Tensor)vars[1]);";
    private const string Backward = "public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor g) => [g.matmul(ctx.get_saved_variables()[1].t())];";

    private const string Reported = $$"""
        sealed class {|PRC3005:Product|} : autograd.SingleTensorFunction<Product> { public override string Name => "p"; {{Forward}} {{Backward}} }

        """;

    private const string Silent = $$"""
        sealed class Product : autograd.SingleTensorFunction<Product> { public override string Name => "p"; {{Forward}} {{Backward}} }

        """;

    [Theory]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>(\"m\") { Tensor ForwardCore(Tensor x) => Product.apply(x, x); }")]
    [InlineData("[MixedPrecision(Dtype.Auto)] sealed partial class M() : Module<Tensor, Tensor>(\"m\") { Tensor ForwardCore(Tensor x) => Helper(x); Tensor Helper(Tensor x) => Product.apply(x, x); }")]
    [InlineData("static class C { static Tensor M(Tensor x) { using var region = Autocast.Enter(CPU, Dtype.BFloat16); return Product.apply(x, x); } }")]
    [InlineData("static class C { static Tensor M(Tensor x) { using (Autocast.Enter(CUDA, Dtype.Float16)) { return Helper.Run(x); } } } static class Helper { public static Tensor Run(Tensor x) => Product.apply(x, x); }")]
    [InlineData("sealed class Inner() : Module<Tensor, Tensor>(\"i\") { public override Tensor forward(Tensor x) => Product.apply(x, x); } [MixedPrecision(Dtype.Float16)] sealed partial class M : Module<Tensor, Tensor> { readonly Inner inner = new(); public M() : base(\"m\") => RegisterComponents(); Tensor ForwardCore(Tensor x) => inner.call(x); }")]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>(\"m\") { Tensor ForwardCore(Tensor x) { if (x.dim() > 1) { object[] vars = [x, x]; return Product.apply(vars); } return x; } }")]
    [InlineData("static class C { static Tensor M(Tensor x) { var y = Product.apply(x, x); using var region = Autocast.Enter(CPU, Dtype.BFloat16); return Product.apply(x, y); } }")]
    public Task A_function_in_a_region_is_reported(string use) => Rule.Verify(Reported + use);

    [Theory]
    [InlineData("[g.mm(g)]")]
    [InlineData("[g.sum(0)]")] // float32 on CUDA
    [InlineData("[1.0 / g]")] // the same for the operator
    [InlineData("[functional.linear(g, g)]")]
    [InlineData("[Helper(g)]")]
    [InlineData("[layer.call(g)]")]
    [InlineData("new[] { g }.Select(Helper).ToList()")]
    public Task What_autocast_would_change_is_found(string gradients)
        => Rule.Verify($$"""
            sealed class {|PRC3005:F|} : autograd.SingleTensorFunction<F>
            {
                private static readonly Linear layer = Linear(2, 2);
                public override string Name => "f";
                public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).relu();
                public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor g) => {{gradients}};
                private static Tensor Helper(Tensor g) => Deeper(g);
                private static Tensor Deeper(Tensor g) => g.relu().matmul(g);
            }

            [MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>("m") { Tensor ForwardCore(Tensor x) => F.apply(x); }
            """);

    [Theory]
    [InlineData("[g]")]
    [InlineData("[g * (g > 0).to(g.dtype)]")]
    [InlineData("[where(g > 0, g, zeros_like(g)).clamp(-1, 1)]")]
    [InlineData("[g.reshape(-1).view(2, 2).relu() + 1]")]
    [InlineData("[cat([g, g])]")]
    public Task A_backward_that_autocast_leaves_alone_is_not_reported(string gradients)
        => Rule.Verify($$"""
            sealed class StraightThrough : autograd.SingleTensorFunction<StraightThrough>
            {
                public override string Name => "f";
                public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).matmul((Tensor)vars[0]).round();
                public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor g) => {{gradients}};
            }

            [MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>("m") { Tensor ForwardCore(Tensor x) => StraightThrough.apply(x); }
            """);

    [Theory]
    [InlineData("sealed class M() : Module<Tensor, Tensor>(\"m\") { public override Tensor forward(Tensor x) => Product.apply(x, x); }")]
    [InlineData("static class C { static Tensor M(Tensor x) => Product.apply(x, x.to(ScalarType.Float32)); }")]
    [InlineData("static class C { static Tensor M(Tensor x) { Tensor y; using (Autocast.Enter(CPU, Dtype.BFloat16)) { y = x * 2; } return Product.apply(y, y); } }")]
    [InlineData("static class C { static Tensor M(Tensor x) { using var region = Autocast.Disable(CPU); return Product.apply(x, x); } }")]
    [InlineData("static class C { static Tensor M(Tensor x) { using var region = Autocast.Enter(CPU, Dtype.Float32); return Product.apply(x, x); } }")]
    [InlineData("static class C { static Tensor M(Tensor x) { using var region = Autocast.Enter(CPU, Dtype.BFloat16); using (Autocast.Disable(CPU)) { return Product.apply(x, x); } } }")]
    [InlineData("[MixedPrecision(Dtype.BFloat16, Autocast = false)] sealed partial class M() : Module<Tensor, Tensor>(\"m\") { Tensor ForwardCore(Tensor x) => Product.apply(x, x); }")]
    [InlineData("[MixedPrecision(Dtype.Float32)] sealed partial class M() : Module<Tensor, Tensor>(\"m\") { Tensor ForwardCore(Tensor x) => Product.apply(x, x); }")]
    [InlineData("[FullPrecision] sealed partial class M() : Module<Tensor, Tensor>(\"m\") { Tensor ForwardCore(Tensor x) => Product.apply(x, x); }")]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>(\"m\") { Tensor ForwardCore(Tensor x) => x * 2; }")]
    [InlineData("sealed class Inner() : Module<Tensor, Tensor>(\"i\") { public override Tensor forward(Tensor x) => Product.apply(x, x); } [MixedPrecision(Dtype.Float16)] sealed partial class M : Module<Tensor, Tensor> { [FullPrecision] readonly Inner inner = new(); public M() : base(\"m\") => RegisterComponents(); Tensor ForwardCore(Tensor x) => inner.call(x); }")]
    public Task A_function_outside_of_regions_is_not_reported(string use) => Rule.Verify(Silent + use);

    [Fact]
    public Task A_class_of_several_parts_is_reported_where_its_backward_is()
        => Rule.Verify($$"""
            sealed partial class Product : autograd.SingleTensorFunction<Product> { public override string Name => "p"; {{Forward}} }
            partial class {|PRC3005:Product|} { {{Backward}} }
            partial class Product { }
            [MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>("m") { Tensor ForwardCore(Tensor x) => Product.apply(x, x); }
            """);

    [Fact]
    public Task A_generic_function_and_one_without_an_own_forward_are_reported()
        => Rule.Verify($$"""
            abstract class Base<T> : autograd.SingleTensorFunction<T> where T : Base<T>, new() { public override string Name => "b"; {{Forward}} }
            sealed class {|PRC3005:Derived|} : Base<Derived> { {{Backward}} }
            sealed class Other : Base<Other> { {{Backward}} }
            sealed class {|PRC3005:Generic|}<T> : autograd.SingleTensorFunction<Generic<T>> { public override string Name => "g"; {{Forward}} {{Backward}} }
            [MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>("m") { Tensor ForwardCore(Tensor x) => Derived.apply(x, Generic<int>.apply(x, x)); }
            """);

    [Fact]
    public Task A_marked_function_is_not_reported()
        => Rule.Verify($$"""
            [MixedPrecisionFunction] sealed partial class Product : autograd.SingleTensorFunction<Product>
            {
                public override string Name => "p";
                {{Forward.Replace("public override", "private").Replace("forward", "ForwardCore")}}
                {{Backward.Replace("public override", "private").Replace("backward", "BackwardCore")}}
            }

            [MixedPrecisionFunction(CastInputs = Dtype.Float32)] abstract partial class Base<T> : autograd.SingleTensorFunction<T> where T : Base<T>, new()
            {
                protected abstract Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars);
                {{Backward.Replace("public override", "private").Replace("backward", "BackwardCore")}}
            }

            sealed class Derived : Base<Derived>
            {
                public override string Name => "d";
                protected override Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0];
            }

            [MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>("m") { Tensor ForwardCore(Tensor x) => Derived.apply(Product.apply(x, x)); }
            """);

    [Fact]
    public Task Other_classes_of_these_names_are_not_meant()
        => Rule.Verify("""
            namespace Others { abstract class SingleTensorFunction<T> { public static Tensor apply(params object[] vars) => (Tensor)vars[0]; } }
            sealed class F : Others.SingleTensorFunction<F> { public Tensor backward(Tensor g) => g.matmul(g); }
            [MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>("m") { Tensor ForwardCore(Tensor x) => F.apply(x); }
            """);

    [Fact]
    public Task The_message_names_model_operation_and_remedy()
        => Rule.Verify(
            Reported.Replace("{|PRC3005:Product|}", "{|#0:Product|}")
                + "[MixedPrecision(Dtype.BFloat16)] sealed partial class Net() : Module<Tensor, Tensor>(\"m\") { Tensor ForwardCore(Tensor x) => Product.apply(x, x); }",
            static test => test.ExpectedDiagnostics.Add(
                new DiagnosticResult(FunctionIsNotMarked.Rule).WithLocation(0).WithArguments("Product", " of Net", "matmul")));

    /// <summary>Whether the region computes in 16-bit shows at run time.</summary>
    [Fact]
    public Task In_a_region_of_an_unknown_dtype_it_is_information()
        => Rule.Verify(
            Reported.Replace("{|PRC3005:Product|}", "{|#0:Product|}")
                + "static class C { static Tensor M(Tensor x, Dtype dtype) { using var region = Autocast.Enter(CPU, dtype); return Product.apply(x, x); } }",
            static test => test.ExpectedDiagnostics.Add(
                new DiagnosticResult(FunctionIsNotMarked.Rule.Id, DiagnosticSeverity.Info).WithLocation(0).WithArguments("Product", "", "matmul")));

    [Fact]
    public Task The_fix_marks_all()
        => Rule.VerifyFix<MarkFunctionCodeFix>(
            """
            /// <summary>A product.</summary>
            public sealed class {|PRC3005:Product|} : autograd.SingleTensorFunction<Product>
            {
                public override string Name => nameof(Product);

                /// <summary>Forward.</summary>
                public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
                {
                    ctx.save_for_backward([(Tensor)vars[0], (Tensor)vars[1]]);
                    return ((Tensor)vars[0]).matmul((Tensor)vars[1]);
                }

                public sealed override List<Tensor> backward(autograd.AutogradContext ctx, Tensor g) => [g.matmul(ctx.get_saved_variables()[1].t())];
            }

            static class Outer
            {
                internal class {|PRC3005:Sum|} : autograd.MultiTensorFunction<Sum>
                {
                    public override string Name => nameof(Sum);
                    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars) => [(Tensor)vars[0]];
                    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> g) => [g[0].sum(0)];
                }
            }

            [MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>("m") { Tensor ForwardCore(Tensor x) => Outer.Sum.apply(Product.apply(x, x))[0]; }
            """,
            """
            /// <summary>A product.</summary>
            [MixedPrecisionFunction]
            public sealed partial class Product : autograd.SingleTensorFunction<Product>
            {
                public override string Name => nameof(Product);

                /// <summary>Forward.</summary>
                private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars)
                {
                    ctx.save_for_backward([(Tensor)vars[0], (Tensor)vars[1]]);
                    return ((Tensor)vars[0]).matmul((Tensor)vars[1]);
                }

                private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor g) => [g.matmul(ctx.get_saved_variables()[1].t())];
            }

            static partial class Outer
            {
                [MixedPrecisionFunction]
                internal partial class Sum : autograd.MultiTensorFunction<Sum>
                {
                    public override string Name => nameof(Sum);
                    protected virtual List<Tensor> ForwardCore(autograd.AutogradContext ctx, params object[] vars) => [(Tensor)vars[0]];
                    protected virtual List<Tensor> BackwardCore(autograd.AutogradContext ctx, List<Tensor> g) => [g[0].sum(0)];
                }
            }

            [MixedPrecision(Dtype.BFloat16)] sealed partial class M() : Module<Tensor, Tensor>("m") { Tensor ForwardCore(Tensor x) => Outer.Sum.apply(Product.apply(x, x))[0]; }
            """);

    [Theory]
    [InlineData("file sealed class {|PRC3005:F|} : autograd.SingleTensorFunction<F>", "")]
    [InlineData("sealed class {|PRC3005:F|} : autograd.SingleTensorFunction<F>", "private void BackwardCore() { }")]
    public Task What_cannot_be_generated_has_no_fix(string declaration, string member)
    {
        var source = $$"""
            {{declaration}} { public override string Name => "f"; {{Forward}} {{Backward}} {{member}} }
            static class C { static Tensor M(Tensor x) { using var region = Autocast.Enter(CPU, Dtype.BFloat16); return F.apply(x, x); } }
            """;
        return Rule.VerifyFix<MarkFunctionCodeFix>(source, source);
    }
}
