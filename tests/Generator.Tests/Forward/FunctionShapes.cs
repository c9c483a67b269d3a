using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Forward;

/// <summary>Marked autograd functions of every shape that a user may write, by name.</summary>
internal static class FunctionShapes
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["Single"] = """
            namespace Functions;

            [MixedPrecisionFunction]
            public sealed partial class Product : autograd.SingleTensorFunction<Product>
            {
                public override string Name => nameof(Product);

                private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars)
                {
                    var (x, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
                    ctx.save_for_backward([x, weight]);
                    return x.matmul(weight);
                }

                private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient)
                {
                    var saved = ctx.get_saved_variables();
                    return [gradient.matmul(saved[1].t()), saved[0].t().matmul(gradient)];
                }
            }
            """,

        ["Multi"] = """
            [MixedPrecisionFunction]
            internal sealed partial class Split : autograd.MultiTensorFunction<Split>
            {
                public override string Name => nameof(Split);

                internal List<Tensor> ForwardCore(autograd.AutogradContext context, object[] inputs)
                    => [(Tensor)inputs[0] * (double)inputs[1], ((Tensor)inputs[0]).alias()];

                private List<Tensor?> BackwardCore(autograd.AutogradContext context, List<Tensor> gradients) => [gradients[0] + gradients[1], null];
            }
            """,

        ["CastInputs"] = """
            namespace Functions;

            [MixedPrecisionFunction(CastInputs = Dtype.Float32)]
            public sealed partial class Exact : autograd.SingleTensorFunction<Exact>
            {
                public override string Name => nameof(Exact);
                private Tensor ForwardCore(autograd.AutogradContext ctx, object[] vars) => ((Tensor)vars[0]).exp();
                private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient) => [gradient];
            }
            """,

        ["NestedGeneric"] = """
            namespace Functions
            {
                public static partial class Outer<@class>
                {
                    internal partial struct Inner
                    {
                        [MixedPrecisionFunction(CastInputs = Dtype.BFloat16)]
                        private sealed partial class Scale<TNumber> : autograd.SingleTensorFunction<Scale<TNumber>>
                            where TNumber : struct
                        {
                            public override string Name => "scale";
                            private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]) * 2;
                            private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient) => [gradient * 2];
                            private static void ForwardCore(int other) { }
                            public static void forward() { }
                        }
                    }
                }
            }
            """,

        ["BaseClass"] = """
            namespace Functions;

            [MixedPrecisionFunction]
            public abstract partial class Elementwise<T> : autograd.SingleTensorFunction<T>
                where T : Elementwise<T>, new()
            {
                protected abstract Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars);
                protected virtual List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient) => [gradient];
            }

            public sealed class Sign : Elementwise<Sign>
            {
                public override string Name => nameof(Sign);
                protected override Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).sign();
            }

            [MixedPrecisionFunction(CastInputs = Dtype.Float16)]
            public sealed partial class Round : Elementwise<Round>
            {
                public override string Name => nameof(Round);
                protected override Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).round();
            }
            """,
    };

    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>A shape's whole source.</summary>
    public static string Source(string name) => TestCompilation.Usings + All[name];
}
