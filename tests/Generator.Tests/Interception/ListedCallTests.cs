using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Tests.Infrastructure;
using Snapshooter;
using Snapshooter.Xunit;
using static TorchSharp.torch;

namespace Precision.Generator.Tests.Interception;

/// <summary>Calls of what is on the user's lists: the text, and what it does on libtorch.</summary>
public class ListedCallTests
{
    private const string Program = """
        public static class Regions
        {
            public static void Run(string dtype, Action code)
            {
                using (Autocast.Enter(CPU, Enum.Parse<Dtype>(dtype)))
                {
                    code();
                }
            }
        }

        public static class Ops
        {
            public static readonly List<(ScalarType Dtype, bool IsOn)> Seen = new();
            public static readonly List<Tensor> Given = new();

            [ComputesIn(Dtype.Float32)] public static Tensor Stable(Tensor x) => See(x) * 2;
            [ComputesIn(Dtype.Float32)] public static Tensor Throws(Tensor x) => throw new InvalidOperationException("within");
            [ComputesIn(Dtype.Float32)] public static Tensor Same(Tensor x) => See(x);
            [ComputesIn(Dtype.Float32)] public static Tensor Nothing() => See(ones(2, 2).matmul(ones(2, 2)));
            [ComputesIn(Dtype.Float32)] public static void Keep(Tensor x) => Given.Add(See(x));
            [ComputesIn(Dtype.Auto)] public static Tensor Fast(Tensor x) => See(x) + 1;
            [ComputesIn(Dtype.Float32)] public static (Tensor, long) Several(IReadOnlyList<Tensor> many, (Tensor, int) pair) => (See(many[0]) + See(pair.Item1), many.Count);

            public static Tensor CallHidden(Tensor x) => new Private().Call(x);
            public static Tensor CallStable(Tensor x) => Stable(x);
            public static Tensor CallFast(Tensor x) => Fast(x);
            public static Tensor CallSame(Tensor x) => Same(x);
            public static Tensor CallThrows(Tensor x) => Throws(x);
            public static Tensor CallNothing(Tensor x) => Nothing();
            public static Tensor CallKeep(Tensor x) { Keep(x); return x; }
            public static Tensor CallSeveral(Tensor x) => Several(new[] { x, x }, (x, 1)).Item1;
            public static Tensor CallExp(Tensor x) => x.matmul(x);
            public static Tensor CallSoftmax(Tensor x) => functional.softmax(x, 1);
            public static Tensor CallModel(Tensor x) => Evaluate(new Outermost(), x);
            [ComputesIn(Dtype.Auto)] public static Tensor Evaluate(Module<Tensor, Tensor> model, Tensor x) => model.call(x);

            public static Tensor See(Tensor x)
            {
                Seen.Add((x.dtype, Autocast.IsEnabled(CPU)));
                return x;
            }
        }

        public class Private
        {
            [ComputesIn(Dtype.Float32)] private static Tensor Static(Tensor x) => Ops.See(x) * 2;
            [ComputesIn(Dtype.Float32)] private Tensor Instance(Tensor x) => Ops.See(x);
            public Tensor Call(Tensor x) => Instance(Static(x)) + Static(x) * 0;
        }

        [MixedPrecision(Dtype.BFloat16)]
        public sealed partial class Outermost() : Module<Tensor, Tensor>("o")
        {
            private Tensor ForwardCore(Tensor x) => x.matmul(x);
        }

        [MixedPrecision(Dtype.BFloat16, Autocast = false, Output = Dtype.BFloat16)]
        public sealed partial class True16() : Module<Tensor, Tensor>("t")
        {
            private Tensor ForwardCore(Tensor x) => Ops.Fast(Ops.Stable(x));
        }

        [FullPrecision]
        public sealed partial class Inner() : Module<Tensor, Tensor>("i")
        {
            private Tensor ForwardCore(Tensor x) => Ops.Fast(x);
        }

        [MixedPrecision(Dtype.BFloat16, Autocast = false)]
        public sealed partial class Around() : Module<Tensor, Tensor>("a")
        {
            private readonly Inner inner = new();
            private Tensor ForwardCore(Tensor x) => inner.call(x);
        }

        [ComputesIn(Dtype.Float32)]
        public class Norm : Module<Tensor, Tensor>
        {
            public readonly Linear layer = Linear(2, 2);
            public Norm() : base("norm") => RegisterComponents();
            public override Tensor forward(Tensor x) => layer.call(x);
        }

        public sealed class Derived : Norm;

        [MixedPrecision(Dtype.Float16, Parameters = Dtype.Float16, Autocast = false, Output = Dtype.Float32)]
        public sealed partial class Holder : Module<Tensor, Tensor>
        {
            private readonly Derived norm = new();
            private readonly Linear plain = Linear(2, 2);
            public Holder() : base("h") => RegisterComponents();
            private Tensor ForwardCore(Tensor x)
            {
                var y = norm.call(x);
                Ops.Given.Add(y);
                return y;
            }
        }
        """;

    private static readonly Lazy<Assembly> Loaded = new(() => Interceptions.Run(
        new ConfigOptions(
            ("precision_computes_in_float32", "TorchSharp.torch.Tensor.matmul"),
            ("precision_computes_in_lower_precision", "TorchSharp.torch.nn.functional.softmax")),
        TestCompilation.Usings + Program).Load());

    private static Type Ops => Loaded.Value.GetType("Ops")!;

    [Theory]
    [MemberData(nameof(ListedShapes.Names), MemberType = typeof(ListedShapes))]
    public void The_text_is_as_reviewed(string name) => Snapshot.Match(ListedShapes.Run(name).Text(), new SnapshotNameExtension(name));

    [Theory]
    [MemberData(nameof(ListedShapes.Names), MemberType = typeof(ListedShapes))]
    public void The_text_compiles_without_warnings(string name)
    {
        foreach (var nullable in new[] { NullableContextOptions.Enable, NullableContextOptions.Disable })
        {
            foreach (var version in new[] { LanguageVersion.CSharp12, LanguageVersion.CSharp14 })
            {
                var source = (nullable is NullableContextOptions.Disable ? "#pragma warning disable CS8632\n" : "") + TestCompilation.Usings + ListedShapes.All[name];
                var compilation = TestCompilation.Create([source], nullable, version, checkOverflow: true, interceptors: "Precision");
                GeneratorRun.Of(compilation, [new Precision.Generator.Interception.InterceptionGenerator()], properties: ListedShapes.Options).Load();
            }
        }
    }

    [Theory]
    [InlineData("BFloat16", "CallStable", ScalarType.BFloat16, ScalarType.Float32, false, ScalarType.Float32)]
    [InlineData("Float16", "CallStable", ScalarType.Float16, ScalarType.Float32, false, ScalarType.Float32)]
    [InlineData("BFloat16", "CallStable", ScalarType.Float32, ScalarType.Float32, false, ScalarType.Float32)]
    [InlineData("BFloat16", "CallStable", ScalarType.Float64, ScalarType.Float64, false, ScalarType.Float64)]
    [InlineData("BFloat16", "CallStable", ScalarType.Int64, ScalarType.Int64, false, ScalarType.Int64)]
    [InlineData("BFloat16", "CallHidden", ScalarType.BFloat16, ScalarType.Float32, false, ScalarType.Float32)]
    [InlineData("BFloat16", "CallSeveral", ScalarType.BFloat16, ScalarType.Float32, false, ScalarType.Float32)]
    [InlineData("BFloat16", "CallNothing", ScalarType.BFloat16, ScalarType.Float32, false, ScalarType.Float32)]
    [InlineData("BFloat16", "CallFast", ScalarType.Float32, ScalarType.BFloat16, true, ScalarType.BFloat16)]
    [InlineData("Float16", "CallFast", ScalarType.Float32, ScalarType.Float16, true, ScalarType.Float16)]
    [InlineData("BFloat16", "CallFast", ScalarType.Float16, ScalarType.BFloat16, true, ScalarType.BFloat16)]
    [InlineData("BFloat16", "CallFast", ScalarType.Float64, ScalarType.Float64, true, ScalarType.Float64)]
    [InlineData("BFloat16", "CallExp", ScalarType.BFloat16, null, false, ScalarType.Float32)]
    [InlineData("BFloat16", "CallSoftmax", ScalarType.Float32, null, false, ScalarType.BFloat16)]
    public void In_a_region_inputs_are_cast(string region, string method, ScalarType input, ScalarType? inside, bool isOn, ScalarType result)
    {
        using var scope = NewDisposeScope();
        In(region, () =>
        {
            var (seen, output) = Call(method, ones(2, 2).to(input));
            Assert.All(seen, see => Assert.Equal((inside, isOn), (see.Dtype, see.IsOn)));
            Assert.Equal(inside is null, seen.Length == 0);
            Assert.Equal(result, output.dtype);
            Assert.True(Autocast.IsEnabled(CPU));
            Assert.Equal(region is "Float16" ? ScalarType.Float16 : ScalarType.BFloat16, Autocast.GetDtype(CPU));
        });
    }

    [Theory]
    [InlineData("CallStable")]
    [InlineData("CallFast")]
    [InlineData("CallHidden")]
    [InlineData("CallSeveral")]
    public void Outside_of_regions_and_where_autocast_is_off_calls_are_the_originals(string method)
    {
        using var scope = NewDisposeScope();
        Assert.Equal((ScalarType.BFloat16, false), Call(method, ones(2, 2).bfloat16()).Seen[0]);
        In("BFloat16", () =>
        {
            using var off = Autocast.Disable(CPU);
            Assert.Equal((ScalarType.Float16, false), Call(method, ones(2, 2).half()).Seen[0]);
        });
    }

    [Fact]
    public void In_true_16_bit_both_lists_hold()
    {
        using var scope = NewDisposeScope();
        Seen.Clear();
        Assert.Equal(ScalarType.BFloat16, Create("True16").call(ones(2, 2)).dtype);
        Assert.Equal([(ScalarType.Float32, false), (ScalarType.BFloat16, false)], Seen);
    }

    [Fact]
    public void In_float32_inside_of_true_16_bit_calls_are_the_originals()
    {
        using var scope = NewDisposeScope();
        Seen.Clear();
        Create("Around").call(ones(2, 2));
        Assert.Equal([(ScalarType.Float32, false)], Seen);
    }

    [Fact]
    public void A_listed_module_is_stored_and_computes_in_float32()
    {
        using var scope = NewDisposeScope();
        var model = Create("Holder");
        using var masters = ((IMixedPrecisionModule)model).CreateMasterWeights();
        Assert.Equal([ScalarType.Float32, ScalarType.Float32, ScalarType.Float16, ScalarType.Float16], model.parameters().Select(static parameter => parameter.dtype));
        model.call(ones(2, 2));
        Assert.Equal(ScalarType.Float32, Given[^1].dtype);
    }

    [Fact]
    public void An_exception_restores_the_region()
    {
        using var scope = NewDisposeScope();
        In("BFloat16", () =>
        {
            var thrown = Assert.Throws<TargetInvocationException>(() => Call("CallThrows", ones(2, 2).bfloat16()));
            Assert.Equal("within", thrown.InnerException!.Message);
            Assert.True(Autocast.IsEnabled(CPU));
            Assert.Equal(ScalarType.BFloat16, ones(2, 2).mm(ones(2, 2)).dtype);
        });
    }

    [Theory]
    [InlineData("CallStable", 2f)]
    [InlineData("CallFast", 1f)]
    [InlineData("CallHidden", 2f)]
    public void Gradients_come_through(string method, float expected)
    {
        using var scope = NewDisposeScope();
        var x = ones(2, 2, requires_grad: true);
        In("BFloat16", () =>
        {
            var half = x.bfloat16();
            Call(method, method == "CallFast" ? x * 1 : half).Result.sum().backward();
        });

        Assert.Equal(expected, x.grad![0, 0].item<float>());
        Assert.Equal(ScalarType.Float32, x.grad.dtype);
    }

    [Fact]
    public void Casts_are_freed_unless_they_are_the_result_or_may_be_kept()
    {
        using var scope = NewDisposeScope();
        In("BFloat16", () =>
        {
            var x = ones(2, 2).bfloat16();
            Call("CallStable", x).Result.Dispose();
            var before = Tensor.TotalCount;
            Call("CallStable", x).Result.Dispose();
            Call("CallSeveral", x).Result.Dispose();
            Assert.Equal(before, Tensor.TotalCount);
            Assert.Equal(2, Call("CallSame", x).Result[0, 0].item<float>() * 2);
            Call("CallKeep", x);
            Assert.Equal(ScalarType.Float32, Given[^1].dtype);
            Assert.Equal(1, Given[^1][0, 0].item<float>());
            Assert.False(x.IsInvalid);
        });
    }

    [Fact]
    public void A_forward_inside_may_be_the_outermost_one()
    {
        using var scope = NewDisposeScope();
        In("BFloat16", () =>
        {
            Assert.Equal(ScalarType.Float32, Call("CallModel", ones(2, 2)).Result.dtype);
        });
    }

    [Fact]
    public void Overloads_of_modules_and_base_classes_share_one_list()
    {
        using var scope = NewDisposeScope();
        var assembly = ListedShapes.Run("InstanceMethods").Load();
        var derived = Activator.CreateInstance(assembly.GetType("Derived")!)!;
        In("BFloat16", () =>
        {
            var all = derived.GetType().GetMethod("All")!;
            Assert.Equal(ScalarType.Float32, ((Tensor)all.Invoke(derived, [ones(2, 2).bfloat16()])!).dtype);
            Assert.Equal(4 * MathF.E, ((Tensor)all.Invoke(derived, [ones(2, 2).bfloat16()])!)[0, 0].item<float>(), 1e-3);
        });
    }

    private static List<(ScalarType Dtype, bool IsOn)> Seen => (List<(ScalarType, bool)>)Ops.GetField("Seen")!.GetValue(null)!;

    private static List<Tensor> Given => (List<Tensor>)Ops.GetField("Given")!.GetValue(null)!;

    private static void In(string dtype, Action code)
        => Loaded.Value.GetType("Regions")!.GetMethod("Run")!.CreateDelegate<Action<string, Action>>()(dtype, code);

    private static nn.Module<Tensor, Tensor> Create(string name) => Loaded.Value.Create<nn.Module<Tensor, Tensor>>(name);

    private static ((ScalarType Dtype, bool IsOn)[] Seen, Tensor Result) Call(string method, Tensor x)
    {
        Seen.Clear();
        var result = (Tensor)Ops.GetMethod(method)!.Invoke(null, [x])!;
        return ([.. Seen], result);
    }
}
