using System.Reflection;
using Precision.Generator.Tests.Infrastructure;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Generator.Tests.Forward;

/// <summary>Inputs and results that hold tensors: compiled, loaded and run on libtorch in every mode.</summary>
public class ContainerTests
{
    private const string Types = """
        using System.Linq;

        public record Input(Tensor Hidden, Tensor? Mask);
        public sealed record Longer(Tensor Hidden, Tensor? Mask, string Note) : Input(Hidden, Mask);
        public readonly record struct Frozen(Tensor Value, int Length);
        public record struct Loose(Tensor Value, int Length);
        public struct Plain { public Tensor Value; public Tensor? Other { get; set; } }
        public class Batch
        {
            private readonly int seed;
            public Batch(int seed) => this.seed = seed;
            public Tensor Value { get; set; } = null!;
            internal Tensor? inner;
            public Tensor Doubled => Value + Value;
            public int Seed => seed;
        }
        public class Set { public required Tensor Value { get; init; } public virtual Tensor? Other { get; init; } }
        public sealed class Larger : Set { public override Tensor? Other { get; init; } public int Size { get; init; } }
        public record Nested(Input Inner, List<Tensor> Parts, Nested.Leaf? End) { public record Leaf(Tensor Value); }
        public record Pair<T>(T First, Tensor Second);

        """;

    /// <summary>By type: an object of it that holds a tensor, and the tensors in it.</summary>
    private static readonly Dictionary<string, (string Make, string Read)> Shapes = new()
    {
        ["Input"] = ("new Longer(x, null, \"n\")", "[value.Hidden, .. value is Longer { Note: \"n\", Mask: null } ? new[] { value.Hidden } : []]"),
        ["Input?"] = ("new Input(x, x)", "[value!.Hidden, value.Mask!]"),
        ["Frozen"] = ("new Frozen(x, 3)", "[.. value.Length == 3 ? new[] { value.Value } : []]"),
        ["Frozen?"] = ("new Frozen(x, 3)", "[value!.Value.Value]"),
        ["Loose"] = ("new Loose(x, 3)", "[.. value.Length == 3 ? new[] { value.Value } : []]"),
        ["Plain"] = ("new Plain { Value = x }", "[value.Value]"),
        ["Batch"] = ("new Batch(7) { Value = x, inner = x }", "[value.Value, value.inner!, .. value.Seed == 7 ? new[] { value.Value } : []]"),
        ["Set"] = ("new Larger { Value = x, Other = x, Size = 3 }", "[value.Value, value.Other!, .. value is Larger { Size: 3 } ? new[] { value.Value } : []]"),
        ["Nested"] = ("new Nested(new Input(x, x), [x, x], new(x))", "[value.Inner.Hidden, value.Inner.Mask!, .. value.Parts, value.End!.Value]"),
        ["Pair<Frozen>"] = ("new Pair<Frozen>(new(x, 1), x)", "[value.First.Value, value.Second]"),
        ["(Input, int)"] = ("(new Input(x, x), 1)", "[value.Item1.Hidden, value.Item1.Mask!]"),
        ["Tensor[][]"] = ("new[] { new[] { x }, [] }", "[value[0][0], .. value[1]]"),
        ["List<Tensor>"] = ("[x, x]", "[.. value]"),
        ["List<Loose>"] = ("[new(x, 1), new(x, 2)]", "[.. value.Select(item => item.Value)]"),
        ["IReadOnlyList<Input>"] = ("new[] { new Input(x, x) }", "[.. value.SelectMany(item => new[] { item.Hidden, item.Mask! })]"),
        ["IList<Tensor>"] = ("[x]", "[.. value]"),
        ["IEnumerable<Tensor>"] = ("new[] { 1, 2 }.Select(_ => x)", "[.. value]"),
        ["Dictionary<string, Tensor>"] = ("new(StringComparer.OrdinalIgnoreCase) { [\"a\"] = x }", "[value[\"A\"]]"),
        ["IReadOnlyDictionary<string, Input>"] = ("new Dictionary<string, Input>(StringComparer.OrdinalIgnoreCase) { [\"a\"] = new(x, x) }", "[value[\"A\"].Hidden, value[\"A\"].Mask!]"),
        ["IDictionary<int, List<Tensor>>"] = ("new SortedDictionary<int, List<Tensor>> { [2] = [x], [1] = [x] }", "[.. value is SortedDictionary<int, List<Tensor>> ? value.Values.SelectMany(item => item) : []]"),
    };

    private static readonly Dictionary<string, (string Attribute, ScalarType Given, ScalarType Inside, ScalarType Returned)> Modes = new()
    {
        ["region"] = ("[MixedPrecision(Dtype.BFloat16)]", ScalarType.BFloat16, ScalarType.BFloat16, ScalarType.Float32),
        ["region in float32"] = ("[MixedPrecision(Dtype.BFloat16)]", ScalarType.Float32, ScalarType.Float32, ScalarType.Float32),
        ["true 16-bit"] = ("[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)]", ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float32),
        ["output"] = ("[MixedPrecision(Dtype.BFloat16, Output = Dtype.BFloat16)]", ScalarType.Float32, ScalarType.Float32, ScalarType.BFloat16),
        ["full precision"] = ("[FullPrecision]", ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float32),
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var mode in Modes.Keys)
            {
                foreach (var shape in Shapes.Keys)
                {
                    data.Add(mode, shape);
                }
            }

            return data;
        }
    }

    private static readonly Lazy<Assembly> Loaded = new(static () => GeneratorRun.Of(Source()).Load());

    [Theory]
    [MemberData(nameof(Cases))]
    public void Tensors_in_it_are_cast_and_freed_again(string mode, string shape)
    {
        var (_, given, inside, returned) = Modes[mode];
        var type = Loaded.Value.GetType(Name(mode, shape), throwOnError: true)!;
        using var model = (nn.Module)Activator.CreateInstance(type)!;
        using var x = ones(4, 4, dtype: given);
        var run = type.GetMethod("Run")!.CreateDelegate<Func<Tensor, (object? Given, object? Returned, Tensor[] Results, Tensor[] After)>>(model);
        for (var i = 0; i < 3; i++)
        {
            var seen = run(x);
            Assert.NotEmpty(seen.After);
            Assert.Equal(Enumerable.Repeat(inside, seen.After.Length), model.Field<ScalarType[]>("SeenDtypes"));
            Assert.Equal(Enumerable.Repeat(returned, seen.After.Length), seen.Results.Select(tensor => tensor.dtype));
            Assert.All(seen.Results, static tensor =>
            {
                using var sum = tensor.sum(type: ScalarType.Float32);
                Assert.Equal(16, sum.item<float>());
            });

            // The caller's object is as it was, and comes back where nothing was cast.
            Assert.All(seen.After, tensor => Assert.Same(x, tensor));
            Assert.False(x.IsInvalid);
            if (given == inside && inside == returned && seen.Given is not ValueType && shape is not "IEnumerable<Tensor>")
            {
                Assert.Same(seen.Given, seen.Returned);
            }

            // What was made for the forward is gone.
            Assert.All(model.Field<Tensor[]>("Seen"), tensor => Assert.True(ReferenceEquals(tensor, x) || seen.Results.Contains(tensor, ReferenceEqualityComparer.Instance) || tensor.IsInvalid));
        }
    }

    [Fact]
    public void Absent_values_stay_absent()
    {
        foreach (var shape in new[] { "Input?", "Frozen?", "List<Tensor>", "Dictionary<string, Tensor>", "Batch", "IEnumerable<Tensor>" })
        {
            var type = Loaded.Value.GetType(Name("full precision", shape), throwOnError: true)!;
            using var model = (nn.Module)Activator.CreateInstance(type)!;
            type.GetField("ReadsInside")!.SetValue(model, false);
            Assert.Null(type.GetMethod("forward")!.Invoke(model, [null]));
        }
    }

    private static string Source()
    {
        var models = string.Concat(Modes.SelectMany(static mode => Shapes.Select(shape => Model(mode.Key, mode.Value.Attribute, shape.Key, shape.Value.Make, shape.Value.Read))));
        return "using System.Linq;\n" + TestCompilation.Usings + Types.Replace("using System.Linq;\n", "", StringComparison.Ordinal) + models;
    }

    private static string Model(string mode, string attribute, string shape, string make, string read)
        => $$"""
            {{attribute}}
            public sealed partial class {{Name(mode, shape)}}() : Module<{{shape}}, {{shape}}>("m")
            {
                public Tensor[] Seen = [];
                public ScalarType[] SeenDtypes = [];
                public bool ReadsInside = true;

                private static Tensor[] Read({{shape}} value) => {{read}};

                private {{shape}} ForwardCore({{shape}} value)
                {
                    if (ReadsInside)
                    {
                        Seen = Read(value);
                        SeenDtypes = [.. Seen.Select(tensor => tensor.dtype)];
                    }

                    return value;
                }

                public (object?, object?, Tensor[], Tensor[]) Run(Tensor x)
                {
                    {{shape}} value = {{make}};
                    var result = forward(value);
                    return (value, result, Read(result), Read(value));
                }
            }

            """;

    private static string Name(string mode, string shape)
        => "M" + string.Concat((mode + shape).Select(static character => char.IsAsciiLetterOrDigit(character) ? character.ToString() : $"_{(int)character:x}"));
}
