using System.Reflection;
using Precision.Analyzer.Tests.Infrastructure;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Hazards;

/// <summary>PRC3005 on libtorch: what an unmarked function gives, and what it gives after the fix.</summary>
[Collection(LibTorch.Collection)]
public class FunctionHazardTests
{
    /// <summary>
    /// A backward that computes its forward again: 1.001 · 1 - 1 is 0 in BFloat16, so that the ReLU passes no gradient, and 0.001 in the float32 of
    /// an unmarked backward.
    /// </summary>
    private const string Recomputing = """
        public sealed class Gate : autograd.SingleTensorFunction<Gate>
        {
            public override string Name => nameof(Gate);

            public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
            {
                ctx.save_for_backward([(Tensor)vars[0]]);
                return Inner((Tensor)vars[0]).relu();
            }

            public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
                => [gradient * (Inner(ctx.get_saved_variables()[0]) > 0).to(gradient.dtype)];

            private static Tensor Inner(Tensor x) => x.matmul(ones(1, 1)) - 1;
        }


        """;

    private const string Model = """
        [MixedPrecision(Dtype.BFloat16)]
        public sealed partial class P() : Module<Tensor, Tensor>("p") { private Tensor ForwardCore(Tensor x) => Gate.apply(x); }
        """;

    private const string Region = """
        public static class P
        {
            public static Tensor Run(Tensor x)
            {
                using var region = Autocast.Enter(CPU, Dtype.BFloat16);
                return Gate.apply(x);
            }
        }
        """;

    [Theory]
    [InlineData(Model)]
    [InlineData(Region)]
    public async Task A_backward_that_computes_the_forward_again_finds_what_the_forward_found(string use)
    {
        var before = await RuleCompilation.Create(TestReferences.Usings + Recomputing + use);
        Assert.Equal(["PRC3005"], before.Diagnostics.Select(static diagnostic => diagnostic.Id));
        var after = await FixedSource.All(before, "PRC3005");
        Assert.Empty(after.Diagnostics);
        Assert.Empty(after.CompilerErrors);

        Assert.Equal((0, 1), Run(before.Load()));
        Assert.Equal((0, 0), Run(after.Load()));
    }

    /// <summary>The result and the gradient at 1.001.</summary>
    private static (double Result, double Gradient) Run(Assembly assembly)
    {
        using var scope = NewDisposeScope();
        var x = full(1, 1, 1.001f, requires_grad: true);
        var type = assembly.GetType("P")!;
        var result = type.GetMethod("Run") is { } run
            ? (Tensor)run.Invoke(null, [x])!
            : ((nn.Module<Tensor, Tensor>)Activator.CreateInstance(type)!).call(x);
        result.sum().backward();
        return (result.ToDouble(), x.grad!.ToDouble());
    }
}
