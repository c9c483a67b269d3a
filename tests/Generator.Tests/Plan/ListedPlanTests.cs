using Precision.Generator.Plan;
using Precision.Generator.Tests.Infrastructure;
using Precision.Generator.Tests.Interception;
using Snapshooter.Xunit;

namespace Precision.Generator.Tests.Plan;

/// <summary>What the plan says of the user's lists of operations: each use is a line, also where nothing can replace it.</summary>
public class ListedPlanTests
{
    private const string Source = TestCompilation.Usings + """
        public class Ops
        {
            [ComputesIn(Dtype.Float32)] public static Tensor Stable(Tensor x) => x.softmax(1).matmul(x);
            [ComputesIn(Dtype.Auto)] public static Tensor Fast(Tensor x) => x.exp() * 2;
            public static Tensor Around(Tensor x) => Stable(x);
            public static Tensor operator +(Ops ops, Tensor x) => x.exp();
            public Tensor Value => ones(2).exp();
        }

        [ComputesIn(Dtype.Float32)]
        public class Norm() : Module<Tensor, Tensor>("n")
        {
            public override Tensor forward(Tensor x) => x / x.norm();
        }

        public class Base() : Module<Tensor, Tensor>("b")
        {
            [ComputesIn(Dtype.Float32)] protected virtual Tensor Step(Tensor x) => x.exp();
            [ComputesIn(Dtype.Float32)] private Tensor Own(Tensor x) => x.matmul(x);
            public override Tensor forward(Tensor x) => Own(x);
        }

        public sealed class Derived : Base
        {
            public override Tensor forward(Tensor x) => base.Step(x) + Step(x);
        }

        [MixedPrecision(Dtype.BFloat16)]
        public sealed partial class Model : Module<Tensor, Tensor>
        {
            private readonly Norm norm = new();
            private readonly Module<Tensor, Tensor> plain = new Norm();
            private readonly Sequential chain = Sequential(new Norm(), ReLU());
            private readonly Derived derived = new();
            private readonly Base unsealed = new();
            private readonly Softplus softplus = Softplus();
            private readonly Linear linear = Linear(2, 2);
            private readonly Ops ops = new();
            public Model() : base("m") => RegisterComponents();
            private Tensor ForwardCore(Tensor x)
            {
                x = Ops.Stable(linear.call(x));
                x = Ops.Fast(x);
                x = norm.call(x);
                x = plain.call(x);
                x = chain.call(x);
                x = derived.call(x);
                x = unsealed.call(x);
                Func<Tensor, Tensor> late = Ops.Stable;
                x = softplus.call(late(x));
                x = torch.cumsum(x, 0) + special.i0(x);
                return ops + ops.Value;
            }
        }
        """;

    private static readonly ConfigOptions Options = new(
        ("build_property.EmitPrecisionPlan", "true"),
        ("precision_computes_in_float32", "TorchSharp.Modules.Softplus, TorchSharp.torch.special.i0, Ops.op_Addition, Ops.Value"),
        ("precision_computes_in_lower_precision", "TorchSharp.torch.cumsum"));

    [Fact]
    public void Every_use_is_a_line() => Snapshot.Match(Plans.Text(Run(Source)));

    [Fact]
    public void In_a_true_16_bit_model_both_lists_hold() => Snapshot.Match(Plans.Text(Run(Source.Replace("BFloat16)]", "BFloat16, Autocast = false)]", StringComparison.Ordinal))));

    [Fact]
    public void Where_interceptors_are_off_the_plan_says_so()
    {
        var run = GeneratorRun.Of(TestCompilation.Create([Source]), [new PrecisionPlanGenerator()], properties: Options);
        Assert.Contains("no: interceptors are off", Plans.Text(run), StringComparison.Ordinal);
    }

    private static GeneratorRun Run(string source) => GeneratorRun.Of(Interceptions.Compile(source), [new PrecisionPlanGenerator()], properties: Options);
}
