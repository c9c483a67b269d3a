using Precision.Generator.Tests.Infrastructure;
using static TorchSharp.torch;

namespace Precision.Generator.Tests.Forward;

/// <summary>Generated code compiled and run on libtorch.</summary>
public class ExecutionTests
{
    [Fact]
    public void A_linear_inside_is_bfloat16_and_the_result_is_float32()
    {
        using var scope = NewDisposeScope();
        var assembly = GeneratorRun.Of(TestCompilation.Usings + """
            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Model : Module<Tensor, Tensor>
            {
                private readonly Linear layer = Linear(4, 2);
                public ScalarType Inside;
                public Model() : base("model") => RegisterComponents();
                private Tensor ForwardCore(Tensor x)
                {
                    var y = layer.call(x);
                    Inside = y.dtype;
                    return y;
                }
            }
            """).Load();
        var model = assembly.Create<nn.Module<Tensor, Tensor>>("Model");
        var result = model.call(rand(3, 4));
        Assert.Equal(ScalarType.BFloat16, model.Field<ScalarType>("Inside"));
        Assert.Equal(ScalarType.Float32, result.dtype);
        Assert.False(Autocast.IsEnabled(CPU));
        result.sum().backward();
        Assert.All(model.parameters(), parameter =>
        {
            Assert.Equal(ScalarType.Float32, parameter.dtype);
            Assert.Equal(ScalarType.Float32, parameter.grad!.dtype);
        });
    }

    [Fact]
    public void A_model_that_is_not_edited_is_wrapped_also_from_another_assembly()
    {
        using var scope = NewDisposeScope();
        var library = TestCompilation.Create(
            [
                TestCompilation.Usings + """
                public class Detector : Module<Tensor, bool, Tensor>
                {
                    private readonly Linear layer = Linear(4, 2);
                    public ScalarType Inside;
                    public Detector() : base("detector") => RegisterComponents();
                    public override Tensor forward(Tensor x, bool twice = false)
                    {
                        var y = layer.call(x);
                        Inside = y.dtype;
                        return twice ? y * 2 : y;
                    }
                }
                """,
            ],
            assemblyName: "Library");
        var image = new MemoryStream();
        Assert.True(library.Emit(image).Success);
        System.Reflection.Assembly.Load(image.ToArray());
        image.Position = 0;
        var user = TestCompilation.Create(
            [
                TestCompilation.Usings + """
                [MixedPrecision(Dtype.BFloat16)]
                public sealed partial class MixedDetector : Detector;
                """,
            ],
            references: [Microsoft.CodeAnalysis.MetadataReference.CreateFromStream(image)]);

        AppDomain.CurrentDomain.AssemblyResolve += ResolveLibrary;
        try
        {
            var detector = GeneratorRun.Of(user).Load().Create<nn.Module<Tensor, bool, Tensor>>("MixedDetector");
            Assert.Equal(ScalarType.Float32, detector.call(rand(3, 4), true).dtype);
            Assert.Equal(ScalarType.BFloat16, detector.Field<ScalarType>("Inside"));
        }
        finally
        {
            AppDomain.CurrentDomain.AssemblyResolve -= ResolveLibrary;
        }

        static System.Reflection.Assembly? ResolveLibrary(object? sender, ResolveEventArgs args)
            => AppDomain.CurrentDomain.GetAssemblies().LastOrDefault(assembly => assembly.GetName().Name == new System.Reflection.AssemblyName(args.Name).Name);
    }

    [Fact]
    public void A_derived_class_runs_its_own_policy()
    {
        using var scope = NewDisposeScope();
        var assembly = GeneratorRun.Of(TestCompilation.Usings + """
            public static class Probe
            {
                public static ScalarType Seen;
                public static Tensor Matmul(Tensor x)
                {
                    var y = x.matmul(x);
                    Seen = y.dtype;
                    return y;
                }
            }

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Base() : Module<Tensor, Tensor>("base")
            {
                protected virtual Tensor ForwardCore(Tensor x) => Probe.Matmul(x);
            }

            [MixedPrecision(Dtype.Float16)]
            public partial class Overriding : Base { protected override Tensor ForwardCore(Tensor x) => Probe.Matmul(x + 1); }

            [MixedPrecision(Dtype.Float16)]
            public sealed partial class Hiding : Base { private new Tensor ForwardCore(Tensor x) => Probe.Matmul(x + 2); }

            [MixedPrecision(Dtype.Float32)]
            public sealed partial class Plain : Overriding;
            """).Load();
        foreach (var (name, expected) in new[]
        {
            ("Base", ScalarType.BFloat16), ("Overriding", ScalarType.Float16), ("Hiding", ScalarType.Float16), ("Plain", ScalarType.Float32),
        })
        {
            var model = assembly.Create<nn.Module<Tensor, Tensor>>(name);
            Assert.Equal(ScalarType.Float32, model.forward(rand(2, 2)).dtype);
            Assert.Equal(expected, (ScalarType)assembly.GetType("Probe")!.GetField("Seen")!.GetValue(null)!);
        }
    }

    [Fact]
    public void Results_inside_tuples_and_arrays_are_cast_and_other_values_stay()
    {
        using var scope = NewDisposeScope();
        var assembly = GeneratorRun.Of(TestCompilation.Usings + """
            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Model() : Module<(Tensor, Tensor?), string, (Tensor, (Tensor?, Tensor[]), string, Tensor)>("model")
            {
                private (Tensor, (Tensor?, Tensor[]), string, Tensor) ForwardCore((Tensor, Tensor?) pair, string text)
                {
                    var y = pair.Item1.matmul(pair.Item1);
                    return (y, (pair.Item2, new[] { y, pair.Item1 }), text, y.argmax());
                }
            }
            """).Load();
        var model = assembly.Create<nn.Module<(Tensor, Tensor?), string, (Tensor, (Tensor?, Tensor[]), string, Tensor)>>("Model");
        var (first, (second, array), text, index) = model.forward((rand(2, 2), null), "text");
        Assert.Equal(ScalarType.Float32, first.dtype);
        Assert.Null(second);
        Assert.Equal([ScalarType.Float32, ScalarType.Float32], array.Select(tensor => tensor.dtype));
        Assert.Equal("text", text);
        Assert.Equal(ScalarType.Int64, index.dtype);
    }

    [Fact]
    public void A_full_precision_class_inside_runs_in_float32_and_gets_float32()
    {
        using var scope = NewDisposeScope();
        var assembly = GeneratorRun.Of(TestCompilation.Usings + """
            [FullPrecision]
            public sealed partial class Router : Module<Tensor, Tensor>
            {
                private readonly Linear layer = Linear(2, 2);
                public ScalarType Input, Inside;
                public Router() : base("router") => RegisterComponents();
                private Tensor ForwardCore(Tensor x)
                {
                    Input = x.dtype;
                    var y = layer.call(x);
                    Inside = y.dtype;
                    return y;
                }
            }

            [MixedPrecision(Dtype.BFloat16, Output = Dtype.BFloat16)]
            public sealed partial class Model : Module<Tensor, Tensor>
            {
                private readonly Linear layer = Linear(2, 2);
                public readonly Router router = new();
                public ScalarType After;
                public Model() : base("model") => RegisterComponents();
                private Tensor ForwardCore(Tensor x)
                {
                    var y = router.call(layer.call(x));
                    After = layer.call(y).dtype;
                    return y;
                }
            }
            """).Load();
        var model = assembly.Create<nn.Module<Tensor, Tensor>>("Model");
        Assert.Equal(ScalarType.BFloat16, model.call(rand(2, 2)).dtype);
        var router = model.Field<nn.Module>("router");
        Assert.Equal(ScalarType.Float32, router.Field<ScalarType>("Input"));
        Assert.Equal(ScalarType.Float32, router.Field<ScalarType>("Inside"));
        Assert.Equal(ScalarType.BFloat16, model.Field<ScalarType>("After"));
    }

    [Fact]
    public void True_sixteen_bit_casts_inputs_and_opens_no_region()
    {
        using var scope = NewDisposeScope();
        var assembly = GeneratorRun.Of(TestCompilation.Usings + """
            [MixedPrecision(Dtype.BFloat16, Autocast = false)]
            public sealed partial class Model() : Module<Tensor, Tensor, Tensor>("model")
            {
                public ScalarType Input, Index;
                public bool Enabled;
                private Tensor ForwardCore(Tensor x, Tensor index)
                {
                    (Input, Index, Enabled) = (x.dtype, index.dtype, Autocast.IsEnabled(CPU));
                    return x.exp();
                }
            }
            """).Load();
        var model = assembly.Create<nn.Module<Tensor, Tensor, Tensor>>("Model");
        foreach (var input in new[] { rand(2), rand(2, float64), rand(2).half(), rand(2).bfloat16() })
        {
            Assert.Equal(ScalarType.Float32, model.call(input, arange(2)).dtype);
            Assert.Equal(ScalarType.BFloat16, model.Field<ScalarType>("Input"));
            Assert.Equal(ScalarType.Int64, model.Field<ScalarType>("Index"));
            Assert.False(model.Field<bool>("Enabled"));
        }
    }

    [Fact]
    public void A_type_parameter_that_is_a_tensor_is_treated_as_one()
    {
        using var scope = NewDisposeScope();
        var assembly = GeneratorRun.Of(TestCompilation.Usings + """
            [MixedPrecision(Dtype.BFloat16)]
            public partial class Wrapper<T>(Func<T, T> inner) : Module<T, T>("wrapper")
            {
                private T ForwardCore(T x) => inner(x);
            }
            public sealed class OfTensor() : Wrapper<Tensor>(x => x.matmul(x));
            public sealed class OfText() : Wrapper<string>(x => x + x);
            """).Load();
        Assert.Equal(ScalarType.Float32, assembly.Create<nn.Module<Tensor, Tensor>>("OfTensor").forward(rand(2, 2)).dtype);
        Assert.Equal("abab", assembly.Create<nn.Module<string, string>>("OfText").forward("ab"));
    }

    [Fact]
    public void An_annotated_class_that_missed_the_generator_fails_at_its_first_use()
    {
        using var scope = NewDisposeScope();
        const string source = TestCompilation.Usings + """
            public class Detector() : Module<Tensor, Tensor>("detector")
            {
                public override Tensor forward(Tensor x) => x.matmul(x);
            }

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Missed : Detector;

            [MixedPrecision(Dtype.BFloat16)]
            public partial class Holder() : Module<Tensor, Tensor>("holder")
            {
                public Module<Tensor, Tensor>? Inner;
                private Tensor ForwardCore(Tensor x) => Inner!.call(x);
            }
            """;
        var generated = GeneratorRun.Of(source).Load();
        var withoutGenerator = TestCompilation.Load(TestCompilation.Create([source.Replace("private Tensor ForwardCore", "public override Tensor forward")]));

        // Inside a model that did go through the generator, at its first forward.
        var holder = generated.Create<nn.Module<Tensor, Tensor>>("Holder");
        var missed = withoutGenerator.Create<nn.Module<Tensor, Tensor>>("Missed");
        holder.GetType().GetField("Inner")!.SetValue(holder, missed);
        holder.register_module("inner", missed);
        var error = Assert.Throws<InvalidOperationException>(() => holder.call(rand(2, 2)));
        Assert.Contains("Missed", error.Message);
        Assert.Contains("Precision package", error.Message);
        Assert.False(Autocast.IsEnabled(CPU));

        // The same class from the assembly that did.
        Assert.Equal(ScalarType.Float32, generated.Create<nn.Module<Tensor, Tensor>>("Missed").call(rand(2, 2)).dtype);
    }

    [Theory]
    [MemberData(nameof(ClassShapes.Names), MemberType = typeof(ClassShapes))]
    public void Every_shape_loads(string shape) => Assert.NotEmpty(GeneratorRun.Of(ClassShapes.Source(shape)).Load().GetTypes());
}
