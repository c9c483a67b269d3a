using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Forward;

/// <summary>Annotated classes of every shape that a user may write, by name.</summary>
internal static class ClassShapes
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["Simple"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Perceptron : Module<Tensor, Tensor>
            {
                private readonly Linear layer = Linear(4, 2);

                public Perceptron() : base(nameof(Perceptron)) => RegisterComponents();

                private Tensor ForwardCore(Tensor x) => layer.call(x);
            }
            """,

        ["GlobalNamespace"] = """
            [MixedPrecision(Dtype.Float16)]
            internal partial class Perceptron() : Module<Tensor, Tensor>("perceptron")
            {
                internal Tensor ForwardCore(Tensor x) => x.alias();
            }
            """,

        ["Nested"] = """
            namespace Models.Deep
            {
                public static partial class Zoo
                {
                    internal partial record struct Cage<TKey>
                    {
                        public partial interface IKeeper<TIn, TOut>
                        {
                            protected partial record Shelf
                            {
                                [MixedPrecision(Dtype.BFloat16)]
                                private protected partial class Animal() : Module<Tensor, Tensor>("animal")
                                {
                                    private Tensor ForwardCore(Tensor x) => x.alias();
                                }
                            }
                        }
                    }
                }
            }
            """,

        ["Generic"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Adapter<TInner, TInput>(TInner inner) : Module<TInput, Tensor>("adapter")
                where TInner : Module<TInput, Tensor>
                where TInput : class
            {
                protected virtual Tensor ForwardCore(TInput x) => inner.call(x);
            }
            """,

        ["SeveralParts"] = """
            namespace Models;

            public partial class Split : Module<Tensor, Tensor>
            {
                public Split() : base("split") { }
            }

            [MixedPrecision(Dtype.BFloat16)]
            partial class Split
            {
            }

            sealed partial class Split
            {
                private Tensor ForwardCore(Tensor x) => x.alias();
            }
            """,

        ["Tuples"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Recurrent() : Module<Tensor, (Tensor, (Tensor Mask, int Length)), (Tensor, Tensor?, long)>("recurrent")
            {
                private (Tensor output, Tensor? state, long steps) ForwardCore(Tensor x, (Tensor state, (Tensor, int) rest) past)
                    => (x + past.state, past.rest.Item1, past.rest.Item2);
            }
            """,

        ["NullableTuple"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Recurrent() : Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor)?>("recurrent")
            {
                private (Tensor, Tensor)? ForwardCore(Tensor x, (Tensor, Tensor)? state = null) => state;
            }
            """,

        ["Arrays"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Pyramid() : Module<Tensor[], List<Tensor>, Tensor[]>("pyramid")
            {
                private Tensor[] ForwardCore(Tensor[] levels, List<Tensor> untouched) => levels;
            }
            """,

        ["Records"] = """
            namespace Models;

            public abstract record Encoded(Tensor Hidden);

            public sealed record Text(Tensor Hidden, Tensor? Mask, string Language) : Encoded(Hidden);

            public record struct Box(Tensor Corners, int Label);

            public struct Scores
            {
                public Tensor Value;
                public Tensor? @event { get; set; }
            }

            [MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)]
            public sealed partial class Reader() : Module<Encoded, Text?, Box?, (Box box, Scores scores), Encoded>("reader")
            {
                private Encoded ForwardCore(Encoded region, Text? text, Box? box, (Box box, Scores scores) rest) => region;
            }
            """,

        ["Objects"] = """
            namespace Models;

            public class Batch
            {
                private int reads;

                public Tensor? Images { get; set; }
                public Tensor Labels { get; init; } = null!;
                internal Tensor? weights;
                public Tensor Mean => Images!.mean();
                public int Reads() => ++reads;
            }

            public sealed class Padded : Batch
            {
                public required Tensor Mask { get; init; }
            }

            [FullPrecision]
            public sealed partial class Classifier() : Module<Padded, Batch>("classifier")
            {
                private Batch ForwardCore(Padded batch) => batch;
            }
            """,

        ["Collections"] = """
            namespace Models;

            public sealed record Level(Tensor Value, IReadOnlyList<Tensor> Parts);

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Pyramid()
                : Module<List<Tensor>, Dictionary<string, Tensor?>, IEnumerable<Level>?, Tensor[][], IReadOnlyDictionary<int, List<Level?>>, List<Tensor>?>("pyramid")
            {
                private List<Tensor>? ForwardCore(
                    List<Tensor> levels, Dictionary<string, Tensor?> named, IEnumerable<Level>? lazy, Tensor[][] jagged, IReadOnlyDictionary<int, List<Level?>> deep)
                    => levels;
            }
            """,

        ["GenericRecords"] = """
            namespace Models;

            public record Pair<T>(T First, Tensor Second);

            public class Holder<T> { public T? Value { get; set; } }

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Joining<TInput>() : Module<Pair<TInput>, Holder<Pair<Tensor>>, Pair<int>>("joining")
            {
                private Pair<int> ForwardCore(Pair<TInput> pair, Holder<Pair<Tensor>> holder) => new(1, pair.Second);
            }
            """,

        ["OutOfReach"] = """
            namespace Models;

            public sealed record Graph(Tensor Nodes, HashSet<Tensor> Edges, Graph? Next);

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Walker() : Module<Graph, HashSet<Tensor>, Tensor>("walker")
            {
                private Tensor ForwardCore(Graph graph, HashSet<Tensor> seen) => graph.Nodes.alias();
            }
            """,

        ["OptionalArguments"] = """
            namespace Models;

            public enum Mode : byte { Plain, Fancy }

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Options() : Module<Tensor, Tensor?, double, string?, Mode, long?, Tensor>("options")
            {
                private Tensor ForwardCore(Tensor x, Tensor? mask = null, double p = 0.1, string? name = "a\"b\n", Mode mode = Mode.Fancy, long? seed = 7)
                    => mask is null ? x * p : x + mask;
            }
            """,

        ["Constants"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Constants() : Module<float, decimal, char, bool, ulong, DateTime, Tensor>("constants")
            {
                private Tensor ForwardCore(float a = float.NegativeInfinity, decimal b = 1.50m, char c = '\'', bool d = true, ulong e = ulong.MaxValue, DateTime f = default)
                    => torch.zeros(1);
            }
            """,

        ["SpecialConstants"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Special() : Module<double, double, double, float, float, double, Tensor>("special")
            {
                private Tensor ForwardCore(double a = double.NaN, double b = double.PositiveInfinity, double c = double.NegativeInfinity, float d = float.NaN, float e = float.PositiveInfinity, double f = 1e-300)
                    => torch.zeros(1);
            }

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Integers() : Module<uint, long, byte, short, float, string, Tensor>("integers")
            {
                private Tensor ForwardCore(uint a = uint.MaxValue, long b = long.MinValue, byte c = 7, short d = -3, float e = 0.1f, string f = "\0")
                    => torch.zeros(1);
            }
            """,

        ["TuplesInside"] = """
            namespace Models;

            public partial struct Az09
            {
                [MixedPrecision(Dtype.BFloat16)]
                public partial class Zz90() : Module<(Tensor a, int b)[], List<(int x, Tensor y)>, (int, string), (int, string)>("tuples")
                {
                    private (int n, string s) ForwardCore((Tensor, int)[] pairs, List<(int, Tensor)> more, (int count, string name) opaque) => opaque;
                }
            }
            """,

        ["InheritedForward"] = """
            namespace Models;

            public class Detector(int classes) : Module<Tensor, bool, Tensor>("detector")
            {
                public int Classes => classes;

                public override Tensor forward(Tensor image, bool augment = false) => image.alias();
            }

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class MixedDetector(int classes) : Detector(classes);
            """,

        ["DerivedAnnotated"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Base() : Module<Tensor, Tensor>("base")
            {
                protected virtual Tensor ForwardCore(Tensor x) => x.alias();
            }

            [MixedPrecision(Dtype.Float16)]
            public partial class Overriding : Base
            {
                protected sealed override Tensor ForwardCore(Tensor x) => x + 1;
            }

            [MixedPrecision(Dtype.Float16)]
            public sealed partial class Hiding : Base
            {
                private new Tensor ForwardCore(Tensor x) => x + 2;
            }

            [MixedPrecision(Dtype.Float16, Output = Dtype.Float16)]
            public sealed partial class OnlyPolicy : Base;
            """,

        ["AbstractForwardCore"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16)]
            public abstract partial class Head() : Module<Tensor, Tensor>("head")
            {
                protected abstract Tensor ForwardCore(Tensor x);
            }

            public sealed class Doubling : Head
            {
                protected override Tensor ForwardCore(Tensor x) => x * 2;
            }
            """,

        ["InheritedForwardCore"] = """
            namespace Models;

            public abstract class Skeleton() : Module<Tensor, Tensor>("skeleton")
            {
                protected Tensor ForwardCore(Tensor x) => x.alias();
            }

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Body : Skeleton;
            """,

        ["HostileNames"] = """
            namespace Models.@namespace;

            public static class System { }
            public static class torch { }

            [MixedPrecision(Dtype.BFloat16)]
            public partial class @class<@event>() : Module<Tensor, Tensor, (Tensor, Tensor)>("class")
            {
                private (Tensor, Tensor) ForwardCore(Tensor region, Tensor result) => (region + 1, result + 1);

                public partial class Δモデル() : Module<Tensor, Tensor>("Δモデル")
                {
                    private Tensor ForwardCore(Tensor @in) => @in.alias();
                }

                [MixedPrecision(Dtype.BFloat16)]
                partial class Δモデル { }
            }
            """,

        ["CaseOnlyDifference"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Net() : Module<Tensor, Tensor>("net")
            {
                private Tensor ForwardCore(Tensor x) => x.alias();
            }

            [MixedPrecision(Dtype.BFloat16)]
            public partial class NET() : Module<Tensor, Tensor>("net")
            {
                private Tensor ForwardCore(Tensor x) => x.alias();
            }
            """,

        ["FullPrecision"] = """
            namespace Models;

            [FullPrecision]
            public partial class Router() : Module<Tensor, Tensor?, (Tensor, Tensor[])>("router")
            {
                private (Tensor, Tensor[]) ForwardCore(Tensor x, Tensor? bias = null) => (x.alias(), new[] { x.alias() });
            }

            [FullPrecision]
            public sealed partial class SpecialRouter : Router
            {
                private (Tensor, Tensor[]) ForwardCore(Tensor x, Tensor? bias) => (x + 1, new[] { x.alias() });
            }
            """,

        ["TrueSixteenBit"] = """
            namespace Models;

            [MixedPrecision(Dtype.BFloat16, Autocast = false, Output = Dtype.BFloat16)]
            public sealed partial class Fast() : Module<Tensor, Tensor>("fast")
            {
                private Tensor ForwardCore(Tensor x) => x * 2;
            }
            """,

        ["Auto"] = """
            namespace Models;

            [MixedPrecision(Dtype.Auto, Parameters = Dtype.Auto, Output = Dtype.Float32)]
            public sealed partial class Anywhere() : Module<Tensor, Tensor>("anywhere")
            {
                private Tensor ForwardCore(Tensor x) => x * 2;
            }
            """,

        ["Obsolete"] = """
            namespace Models;

            [Obsolete]
            public static class Old { public class Input { } }

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Legacy() : Module<Tensor, Tensor>("legacy")
            {
                [Obsolete]
                private Tensor ForwardCore(Tensor x) => x * 2;
            }
            """,
    };

    public static TheoryData<string> Names => [.. All.Keys];

    /// <summary>A shape's whole source.</summary>
    public static string Source(string name) => TestCompilation.Usings + All[name];
}
