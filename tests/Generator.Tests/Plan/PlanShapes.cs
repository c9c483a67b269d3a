using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Plan;

/// <summary>Models whose plans are compared with reviewed ones, by name.</summary>
internal static class PlanShapes
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["Attention"] = """
            namespace Models;

            public sealed class Attention : Module<Tensor, Tensor>
            {
                private readonly Linear queryKeyValue = Linear(8, 24);
                private readonly Linear projection = Linear(8, 8);

                public Attention() : base("attention") => RegisterComponents();

                public override Tensor forward(Tensor x)
                {
                    var parts = queryKeyValue.call(x).chunk(3, -1);
                    var scores = parts[0].matmul(parts[1].transpose(-2, -1)) / Math.Sqrt(8);
                    var weights = functional.softmax(scores, -1);
                    return projection.call(weights.matmul(parts[2]));
                }
            }

            public sealed class Block : Module<Tensor, Tensor>
            {
                private readonly LayerNorm norm = LayerNorm(8);
                private readonly Attention attention = new();
                private readonly Module<Tensor, Tensor> activation = GELU();

                public Block() : base("block") => RegisterComponents();

                public override Tensor forward(Tensor x) => x + activation.call(attention.call(norm.call(x)));
            }

            [MixedPrecision(Dtype.Float16)]
            public sealed partial class Transformer : Module<Tensor, Tensor>
            {
                private readonly Embedding tokens = Embedding(16, 8);
                private readonly ModuleList<Block> blocks = [new Block(), new Block()];
                [FullPrecision] private readonly Block last = new();

                public Transformer() : base("transformer") => RegisterComponents();

                private Tensor ForwardCore(Tensor ids)
                {
                    var x = tokens.call(ids);
                    foreach (var block in blocks)
                    {
                        x = block.call(x);
                    }

                    return Head(last.call(x));
                }

                /// <summary>The logits.</summary>
                private Tensor Head(Tensor x)
                    => functional.linear(x, tokens.weight!)
                        .log_softmax(-1);
            }
            """,

        ["Containers"] = """
            namespace Models;

            public sealed class Residual(int width) : Module<Tensor, Tensor>("residual")
            {
                private readonly Conv2d convolution = Conv2d(width, width, 3);
                public override Tensor forward(Tensor x) => x + convolution.call(x).relu_();
            }

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Net : Module<Tensor, Tensor>
            {
                private readonly Sequential features;
                private readonly ModuleList<Module<Tensor, Tensor>> stages = new();
                private readonly Module<Tensor, Tensor> norm;
                private readonly Module<Tensor, Tensor> given;

                public Net(bool batch, Module<Tensor, Tensor> given) : base("net")
                {
                    this.given = given;
                    features = Sequential(("first", Conv2d(3, 8, 3)), ("activation", ReLU()), ("stage", Stage(8)));
                    norm = batch ? BatchNorm2d(8) : Identity();
                    var layers = new List<Module<Tensor, Tensor>>();
                    for (var i = 0; i < 3; i++)
                    {
                        layers.Add(new Residual(8));
                    }

                    layers.Add(Softmax(-1));
                    foreach (var layer in layers)
                    {
                        stages.Add(layer);
                    }

                    RegisterComponents();
                }

                private static Sequential Stage(int width) => Sequential(Linear(width, width), new Residual(width), LogSoftmax(-1));

                private Tensor ForwardCore(Tensor x)
                {
                    x = features.call(x);
                    foreach (var stage in stages)
                    {
                        x = stage.call(x);
                    }

                    x = stages[0].call(x);
                    return given.call(norm.call(x));
                }
            }
            """,

        ["Reaching"] = """
            namespace Models;

            public static class Helpers
            {
                public static Tensor Scale(this Tensor x) => x * Factor(x);
                private static Tensor Factor(Tensor x) => x.norm();
                public static Tensor Nothing(Tensor x) => Less(x);
                private static Tensor Less(Tensor x) => x.view(-1);
            }

            public abstract class Skeleton() : Module<Tensor, Tensor>("skeleton")
            {
                private readonly Linear layer = Linear(2, 2);
                protected Tensor Weighted => layer.weight!.exp();
                protected virtual Tensor Activate(Tensor x) => x.relu();
                protected Tensor ForwardCore(Tensor x) => Activate(layer.call(x)) + Weighted;
            }

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Net : Skeleton
            {
                protected override Tensor Activate(Tensor x)
                {
                    Func<Tensor, Tensor> softmax = functional.softmax2d;
                    Func<Tensor, Tensor> square = y => y.square();
                    x = softmax(square(Local(x)));
                    x = Helpers.Nothing(base.Activate(x)).Scale();
                    return -x | x;

                    Tensor Local(Tensor y) => y.pow(2);
                }
            }
            """,

        ["Dtypes"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16, Output = Dtype.BFloat16)]
            public sealed partial class Net() : Module<Tensor, ScalarType, Tensor>("net")
            {
                private readonly LSTM lstm = LSTM(2, 2);

                private Tensor ForwardCore(Tensor x, ScalarType dtype)
                {
                    x = x.to(ScalarType.Float16).half().to(float32).to_type(dtype).to(CPU);
                    x = x.sum(0, type: ScalarType.Float64) + x.softmax(0, dtype) + x.cumsum(0) + x.softmax(0);
                    var (y, _, _) = lstm.call(x);
                    y.exp_();
                    using (Autocast.Disable(y.device))
                    {
                        return functional.binary_cross_entropy(y.eq(x), x.argmax(0));
                    }
                }
            }
            """,

        ["Modes"] = """
            namespace Models;

            public class Inner : Module<Tensor, Tensor>
            {
                protected readonly Linear layer = Linear(2, 2);
                public Inner() : base("inner") => RegisterComponents();
                public override Tensor forward(Tensor x) => layer.call(x).softmax(-1);
            }

            [FullPrecision]
            public sealed partial class Router : Inner;

            [MixedPrecision(Dtype.BFloat16, Autocast = false)]
            public sealed partial class True16 : Inner;

            [MixedPrecision(Dtype.Auto, Parameters = Dtype.Auto)]
            public partial class Anywhere : Inner;

            [MixedPrecision(Dtype.Float32)]
            public sealed partial class Derived : Anywhere;

            [MixedPrecision(Dtype.Float16)]
            public sealed partial class Outer : Module<Tensor, Tensor>
            {
                private readonly Router router = new();
                [FullPrecision] private readonly ModuleList<Inner> marked = [new Inner()];
                [FullPrecision] private readonly Inner direct = new();
                [FullPrecision] private readonly Linear head = Linear(2, 2);
                private readonly Sequential sequence;
                public Outer() : base("outer")
                {
                    sequence = Sequential(ReLU(), head);
                    RegisterComponents();
                }

                private Tensor ForwardCore(Tensor x)
                {
                    foreach (var each in marked)
                    {
                        x = each.call(x);
                    }

                    return sequence.call(head.call(router.call(marked[0].call(direct.call(x)))));
                }
            }

            [MixedPrecision(Dtype.Float16)]
            public sealed class NotPartial : Inner;
            """,

        ["Functions"] = """
            namespace Models;

            [MixedPrecisionFunction]
            public sealed partial class Product : autograd.SingleTensorFunction<Product>
            {
                public override string Name => nameof(Product);
                private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).matmul((Tensor)vars[1]);
                private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient) => [gradient];
            }

            [MixedPrecisionFunction(CastInputs = Dtype.Float32)]
            public sealed partial class Exact : autograd.SingleTensorFunction<Exact>
            {
                public override string Name => nameof(Exact);
                private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).exp();
                private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient) => [gradient];
            }

            public sealed class Parts : autograd.MultiTensorFunction<Parts>
            {
                public override string Name => nameof(Parts);
                public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars) => [((Tensor)vars[0]).relu()];
                public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients) => gradients;
            }

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Net : Module<Tensor, Tensor>
            {
                private readonly Parameter weight = new(zeros(8, 8));
                public Net() : base("net") => RegisterComponents();
                private Tensor ForwardCore(Tensor x) => Parts.apply(Exact.apply(Product.apply(x, weight)))[0] + 1;
            }
            """,

        ["Hostile"] = """
            namespace Models.@namespace;

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class @class<@event>() : Module<Tensor, Tensor>("class") where @event : Module<Tensor, Tensor>
            {
                private readonly @event? inner = null;
                private Tensor ForwardCore(Tensor @in) => Größe(inner!.call(@in), [@in]) * @in & @in;
                private static Tensor Größe<T>(Tensor x, List<T> y) => x.mm(x);
            }
            """,
    };

    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>A shape's whole source.</summary>
    public static string Source(string name) => TestCompilation.Usings + All[name];
}
