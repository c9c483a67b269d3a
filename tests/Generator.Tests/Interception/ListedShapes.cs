using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Interception;

/// <summary>Calls of what is on the user's lists, in every form that is replaced.</summary>
internal static class ListedShapes
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["Methods"] = """
            public static class Ops
            {
                [ComputesIn(Dtype.Float32)] public static Tensor Stable(Tensor x) => x.exp();
                [ComputesIn(Dtype.Auto)] internal static Tensor Fast(this Tensor x, Tensor? bias = null, double factor = 2) => bias is null ? x * factor : x * factor + bias;
                [ComputesIn(Dtype.Float32)] public static (Tensor, long) Pair(IReadOnlyList<Tensor> many, (Tensor, Tensor) two) => (many[0] + two.Item1, many.Count);
                [ComputesIn(Dtype.Float32)] public static void Update(Tensor x) => x.add_(1);
                [ComputesIn(Dtype.Float32)] public static dynamic Late(Tensor x) => x;
            }

            public static class Calls
            {
                public static Tensor All(Tensor x)
                {
                    Ops.Update(x);
                    object late = Ops.Late(x);
                    return Ops.Stable(x) + x.Fast() + Ops.Fast(x, factor: 3, bias: x) + Ops.Pair(new[] { x }, (x, x)).Item1;
                }
            }
            """,

        ["InstanceMethods"] = """
            public class Base
            {
                [ComputesIn(Dtype.Float32)] public virtual Tensor Run(Tensor x) => x;
                [ComputesIn(Dtype.Float32)] private Tensor Hidden(Tensor self) => self.exp();
                [ComputesIn(Dtype.Float32)] private static Tensor HiddenStatic(Tensor x) => x.exp();
                [ComputesIn(Dtype.Float32)] protected Tensor Inherited(Tensor x) => x.exp();
                public Tensor All(Tensor x) => Hidden(x) + this.Hidden(x) + HiddenStatic(x) + Run(x);
            }

            public sealed class Derived : Base
            {
                public override Tensor Run(Tensor x) => Inherited(x);
                public Tensor? Conditional(Base? other, Tensor x) => other?.Run(x);
            }

            public interface IStep
            {
                [ComputesIn(Dtype.Auto)] Tensor Step(Tensor x);
            }

            public class Generic<T>
            {
                [ComputesIn(Dtype.Float32)] public T Keep(T x) => x;
            }

            public static class Calls
            {
                public static Tensor All(Derived derived, IStep step, Generic<Tensor> generic, Tensor x) => derived.Run(x) + step.Step(x) + generic.Keep(x);
            }
            """,

        ["Modules"] = """
            [ComputesIn(Dtype.Float32)]
            public class Norm : Module<Tensor, Tensor>
            {
                public readonly Parameter Weight = new(ones(4));
                public Norm() : base("norm") => RegisterComponents();
                public override Tensor forward(Tensor x) => x / x.norm() * Weight;
            }

            [ComputesIn(Dtype.Auto)]
            public class Gate() : Module<Tensor, Tensor?, (Tensor, Tensor?)>("gate")
            {
                public override (Tensor, Tensor?) forward(Tensor x, Tensor? y) => (x.sigmoid(), y);
            }

            public sealed class Derived : Norm;

            public static class Calls
            {
                public static Tensor All(Norm norm, Gate gate, Derived derived, Tensor x)
                    => norm.call(x) + norm.forward(x) + gate.call(x, null).Item1 + derived.call(x);
            }
            """,

        ["Options"] = """
            public static class Calls
            {
                public static Tensor All(Softplus softplus, Linear linear, Tensor x)
                    => softplus.call(x) + linear.forward(x) + functional.softmax(x, 1) + x.softmax(1) + torch.cumsum(x, 0) + x.matmul(x) + special.i0(x);
            }
            """,
    };

    /// <summary>The options for the last one.</summary>
    public static ConfigOptions Options { get; } = new(
        ("precision_computes_in_float32", "TorchSharp.Modules.Softplus, TorchSharp.torch.special.i0,TorchSharp.torch.Tensor.softmax"),
        ("precision_computes_in_lower_precision", "TorchSharp.torch.cumsum, TorchSharp.Modules.Linear, TorchSharp.torch.nn.functional.softmax"));

    public static TheoryData<string> Names() => [.. All.Keys];

    public static GeneratorRun Run(string name) => Interceptions.Run(Options, TestCompilation.Usings + All[name]);
}
