using System.Reflection;
using Precision.Generator.Tests.Infrastructure;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Generator.Tests.Interception;

/// <summary>Intercepted calls compiled and run on libtorch.</summary>
public class InterceptedExecutionTests
{
    [Fact]
    public void Outside_regions_intercepted_calls_give_what_the_written_ones_give()
    {
        using var scope = NewDisposeScope();
        var x = randn(2, 3, 4, 4);
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            var input = x.to(dtype);
            var written = All(TestCompilation.Load(TestCompilation.Create([CallShapes.Source("Pinned")])), input);
            var intercepted = All(Interceptions.Run(CallShapes.Source("Pinned")).Load(), input);
            Assert.Equal(10, intercepted.Length);
            Assert.All(written.Zip(intercepted), pair =>
            {
                Assert.Equal(pair.First.dtype, pair.Second.dtype);
                Assert.True(pair.First.equal(pair.Second).all().ToBoolean());
            });
        }

        static Tensor[] All(Assembly assembly, Tensor x) => (Tensor[])assembly.GetType("Calls")!.GetMethod("All")!.Invoke(null, [x])!;
    }

    [Fact]
    public void A_null_conditional_call_of_null_is_null()
    {
        var places = Interceptions.Run(CallShapes.Source("Places")).Load().GetType("Places`1")!.MakeGenericType(typeof(int));
        Assert.Null(places.GetMethod("Conditional")!.Invoke(Activator.CreateInstance(places), [null]));
    }

    [Fact]
    public void Dynamic_in_a_signature_is_passed_on()
    {
        using var scope = NewDisposeScope();
        var assembly = Interceptions.Run(TestCompilation.Usings + """
            public class Probe() : Module<Tensor, dynamic, List<dynamic>, dynamic>("probe")
            {
                public override dynamic forward(Tensor x, dynamic factor, List<dynamic> more) => (x.dtype, Autocast.IsEnabled(CPU), factor + more[0]);
            }

            [MixedPrecision(Dtype.BFloat16)]
            public sealed partial class Model() : Module<Tensor, dynamic, Tensor>("model")
            {
                [FullPrecision] private readonly Probe marked = new();
                public readonly List<object> Seen = new();
                private Tensor ForwardCore(Tensor x, dynamic factor)
                {
                    object two = factor;
                    var y = x.matmul(x);
                    Seen.Add(marked.call(y, two, new List<dynamic> { 1 }).Item3);
                    Seen.Add(marked.forward(y, two, new List<dynamic> { 2 }).Item1);
                    Seen.Add(marked.forward(y, two, new List<dynamic> { 2 }).Item2);
                    return y;
                }
            }
            """).Load();
        var model = assembly.Create<nn.Module<Tensor, object, Tensor>>("Model");
        model.call(rand(2, 2), 2);
        Assert.Equal([3, ScalarType.Float32, false], model.Field<List<object>>("Seen"));
    }

    [Fact]
    public void A_call_through_a_marked_member_runs_in_float32_in_a_region_and_sees_its_hooks()
    {
        using var scope = NewDisposeScope();
        var assembly = Interceptions.Run(TestCompilation.Usings + """
            public class Probe() : Module<Tensor, Tensor>("probe")
            {
                public ScalarType Input;
                public bool Enabled;
                public override Tensor forward(Tensor x)
                {
                    (Input, Enabled) = (x.dtype, Autocast.IsEnabled(CPU));
                    return x;
                }
            }

            [MixedPrecision(Dtype.BFloat16, Output = Dtype.BFloat16)]
            public sealed partial class Model : Module<Tensor, Tensor>
            {
                [FullPrecision] public readonly Probe marked = new();
                public readonly Probe unmarked = new();
                public Model() : base("model") => RegisterComponents();
                private Tensor ForwardCore(Tensor x)
                {
                    var y = x.matmul(x);
                    return marked.call(y) + unmarked.call(y);
                }
            }
            """).Load();
        var model = assembly.Create<nn.Module<Tensor, Tensor>>("Model");
        var marked = model.Field<nn.Module<Tensor, Tensor>>("marked");
        var calls = 0;
        marked.register_forward_hook(_ => calls++);
        model.call(rand(2, 2));
        Assert.Equal(1, calls);
        Assert.Equal((ScalarType.Float32, false), (marked.Field<ScalarType>("Input"), marked.Field<bool>("Enabled")));
        var unmarked = model.Field<nn.Module>("unmarked");
        Assert.Equal((ScalarType.BFloat16, true), (unmarked.Field<ScalarType>("Input"), unmarked.Field<bool>("Enabled")));
        Assert.False(Autocast.IsEnabled(CPU));
    }
}
