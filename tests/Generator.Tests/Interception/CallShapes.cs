using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Interception;

/// <summary>Calls of every form that a user may write, by name.</summary>
internal static class CallShapes
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["Pinned"] = """
            public static class Calls
            {
                public static Tensor[] All(Tensor x) =>
                [
                    softmax(x, 0),
                    torch.softmax(input: x, dim: 1),
                    x.softmax(-1),
                    x.log_softmax(-1),
                    functional.softmax(x, 1),
                    functional.log_softmax(x, 1),
                    functional.softmin(x, 1),
                    functional.softmax2d(x),
                    special.softmax(x, 1, null),
                    special.log_softmax(dim: 1, input: x, dtype: default),
                ];
            }
            """,

        ["Modules"] = """
            public sealed class Layers
            {
                public readonly Softmax softmax = Softmax(1);
                public readonly Softmax2d softmax2d = Softmax2d();
                public readonly LogSoftmax logSoftmax = LogSoftmax(1);
                public readonly Softmin softmin = Softmin(1);
                public readonly Linear linear = Linear(4, 4);
                public readonly Module<Tensor, Tensor> plain = Linear(4, 4);
                public readonly ModuleList<Module<Tensor, Tensor>> list = new(Linear(4, 4), ReLU());

                public Tensor All(Tensor x)
                {
                    x = softmax.call(x) + softmax.forward(x);
                    x = softmax2d.call(x) + softmax2d.forward(x);
                    x = logSoftmax.call(x) + logSoftmax.forward(x);
                    x = softmin.call(x) + softmin.forward(x);
                    x = linear.call(x) + linear.forward(x);
                    x = plain.call(x) + plain.forward(x);
                    foreach (var layer in list)
                    {
                        x = layer.call(x);
                    }

                    return x;
                }
            }
            """,

        ["NativeLayers"] = """
            public sealed class Layers
            {
                public readonly MultiheadAttention attention = MultiheadAttention(8, 2);
                public readonly TransformerEncoderLayer encoderLayer = TransformerEncoderLayer(8, 2, 16);
                public readonly TransformerEncoder encoder = TransformerEncoder(TransformerEncoderLayer(8, 2, 16), 1);
                public readonly TransformerDecoderLayer decoderLayer = TransformerDecoderLayer(8, 2, 16);
                public readonly Transformer transformer = Transformer(8, 2, 1, 1, 16);
                public readonly LSTM recurrent = LSTM(8, 8);
                public readonly Bilinear bilinear = Bilinear(8, 8, 8);
                public readonly EmbeddingBag bag = EmbeddingBag(4, 8);
                public readonly CTCLoss loss = CTCLoss();
                public readonly AvgPool3d pool = AvgPool3d(2);
                public readonly ModuleList<TransformerEncoderLayer> list = new(TransformerEncoderLayer(8, 2, 16));

                public Tensor All(Tensor x, Tensor padding, Tensor index)
                {
                    x = attention.call(x, x, x, padding, true, null!).Item1 + attention.forward(x, x, x, padding, true, null!).Item1;
                    x = encoderLayer.call(x, null!, padding);
                    x = encoder.call(x, null!, padding) + encoder.forward(x, null!, padding);
                    x = decoderLayer.call(x, x, null!, null, padding) + decoderLayer.forward(x, x, null!, null!, padding, null!);
                    x = transformer.call(x, x, null!, src_key_padding_mask: padding);
                    x = recurrent.call(x).Item1 + recurrent.forward(x).Item1;
                    x = bilinear.call(x, x) + bilinear.forward(x, x);
                    x = bag.call(index, null!, x);
                    x = loss.call(x, index, index, index) + pool.call(x) + pool.forward(x);
                    foreach (var layer in list)
                    {
                        x = layer.call(x, null!, padding);
                    }

                    return x;
                }
            }
            """,

        ["FunctionalLinear"] = """
            public static class Calls
            {
                public static Tensor Of(Tensor x, Tensor weight, Tensor bias)
                    => functional.linear(x, weight) + functional.linear(bias: bias, weights: weight, input: x);
            }
            """,

        ["FunctionalCrossEntropy"] = """
            public static class Calls
            {
                public static Tensor Of(Tensor x, Tensor y, Tensor weight)
                    => functional.cross_entropy(x, y) + functional.cross_entropy(target: y, input: x, ignore_index: 3)
                        + functional.cross_entropy(x, y, weight, reduction: Reduction.Sum, label_smoothing: 0.1);
            }
            """,

        ["FullPrecisionMembers"] = """
            public class Model
            {
                [FullPrecision] private readonly Linear router = Linear(4, 4);
                [FullPrecision] public Module<Tensor, Tensor, (Tensor, Tensor?)>? Pair { get; set; }
                [FullPrecision] public LSTM Recurrent = LSTM(4, 4);
                [FullPrecision] public Named Named = new();

                public Tensor Run(Tensor x)
                {
                    var y = router.call(x) + this.router.forward(x);
                    y = Pair?.call(x, y).Item1 ?? y;
                    y = Recurrent.call(y).Item1;
                    return Named.forward(y, "region", 1);
                }
            }

            public class Named() : Module<Tensor, string, int, Tensor>("named")
            {
                public override Tensor forward(Tensor self, string region, int count = 1) => self;
            }
            """,

        ["Places"] = """
            public class Places<T>
            {
                private readonly Func<Tensor, Tensor> lambda = x => x.softmax(1);
                public Tensor? Conditional(Tensor? x) => x?.softmax(1);
                public Tensor Local(Tensor x)
                {
                    return Inner(x);
                    static Tensor Inner(Tensor x) => functional.softmax(x, 1);
                }
                public Tensor Generic<U>(Tensor x, U other) => torch.softmax(x, 1);
                public IEnumerable<Tensor> Iterator(Tensor x)
                {
                    yield return x.softmax(1);
                }
                public async System.Threading.Tasks.Task<Tensor> Async(Tensor x)
                {
                    await System.Threading.Tasks.Task.Yield();
                    return x.softmax(1);
                }
                public Tensor Chained(Tensor x) => x.softmax(0).softmax(1).log_softmax(2);
            }
            """,
    };

    /// <summary>Calls that stay as they are written.</summary>
    public static IReadOnlyDictionary<string, string> LeftAlone { get; } = new Dictionary<string, string>
    {
        ["dtype named"] = "public static class C { public static Tensor M(Tensor x) => softmax(x, 0, ScalarType.Float32) + x.softmax(0, dtype: x.dtype); }",
        ["method group"] = "public static class C { public static Func<Tensor, Tensor> M(Linear l) => l.call; }",
        ["dynamic"] = "public static class C { public static object M(dynamic x) => x.softmax(0); }",
        ["nameof"] = "public static class C { public static string M(Tensor x) => nameof(x.softmax); }",
        ["base"] = """
            public abstract class B() : Module<Tensor, Tensor>("b") { public override Tensor forward(Tensor x) => x; }
            public class C : B { public override Tensor forward(Tensor x) => base.forward(x); public Tensor M(Tensor x) => base.call(x); }
            """,
        ["other module"] = "public static class C { public static Tensor M(ReLU relu, Conv2d conv, Tensor x) => relu.call(conv.forward(x)); }",
        ["layer without a padding mask"] = "public static class C { public static Tensor M(TransformerEncoderLayer l, Tensor x) => l.call(x, null!) + l.forward(x); }",
        ["bag of indices"] = "public static class C { public static Tensor M(EmbeddingBag l, Tensor x) => l.call(x); }",
        ["layer under another type"] = "public static class C { public static Tensor M(Module<Tensor, Tensor, Tensor> l, Tensor x) => l.call(x, x); }",
        ["own module"] = """
            public class C() : Module<Tensor, Tensor>("c") { public override Tensor forward(Tensor x) => x; public Tensor M(Tensor x) => call(x); }
            """,
        ["other signature"] = "public static class C { public static int M(Module<Tensor, int> m, Tensor x) => m.call(x); }",
        ["another's softmax"] = """
            public static class Mine { public static Tensor softmax(Tensor x, long dim) => x; }
            public static class C { public static Tensor M(Tensor x) => Mine.softmax(x, 0); }
            """,
        ["private signature"] = """
            public class C
            {
                private class Secret() : Module<Tensor, Tensor>("s") { public override Tensor forward(Tensor x) => x; }
                [FullPrecision] private readonly Secret secret = new();
                public Tensor M(Tensor x) => secret.forward(x);
            }
            """,
        ["type parameter"] = """
            public class C<T> { [FullPrecision] public Module<T, T>? Inner; public T M(T x) => Inner!.call(x); }
            """,
        ["delegate member"] = "public class C { [FullPrecision] public Linear L = Linear(1, 1); public Func<Tensor, Tensor> M() => L.call; }",
    };

    public static TheoryData<string> Names() => [.. All.Keys];

    public static TheoryData<string> LeftAloneNames() => [.. LeftAlone.Keys];

    public static string Source(string name) => TestCompilation.Usings + All[name];
}
