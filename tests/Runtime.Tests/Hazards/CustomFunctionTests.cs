using Precision.Runtime.Tests.Infrastructure;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Hazards;

/// <summary>
/// An autograd function of a user's own: its backward runs outside of the region, where mixed dtypes end the process. Marked as
/// docs/troubleshooting.md shows it, it works in every mode.
/// </summary>
public class CustomFunctionTests
{
    [Theory]
    [InlineData(Dtype.BFloat16, Dtype.Float32, true)]
    [InlineData(Dtype.BFloat16, Dtype.BFloat16, true)]
    [InlineData(Dtype.BFloat16, Dtype.BFloat16, false)]
    [InlineData(Dtype.Float32, Dtype.Float32, true)]
    public void A_marked_function_works_in_a_region(Dtype compute, Dtype parameters, bool autocast)
    {
        using var scope = NewDisposeScope();
        using var model = new WithProduct { PrecisionPolicy = new PrecisionPolicy(compute, parameters, Autocast: autocast) };
        using var masters = model.CreateMasterWeights();
        var x = randn(2, 4, requires_grad: true);
        model.call(x).sum().backward();
        var weight = model.Weight.detach().to(ScalarType.Float32);
        Assert.Equal(model.Weight.dtype, model.Weight.grad!.dtype);
        Assert.True(x.grad!.allclose(weight.sum(dim: 1).expand(2, 4), rtol: 0.02, atol: 0.02));
        Assert.True(model.Weight.grad.to(ScalarType.Float32).allclose(x.detach().sum(dim: 0).unsqueeze(1).expand(4, 4), rtol: 0.02, atol: 0.02));
    }

    [Fact]
    public void An_unmarked_function_ends_the_process_where_dtypes_meet()
    {
        var (unmarked, output) = Run(FunctionBackward.Unmarked);
        Assert.NotEqual(0, unmarked);
        Assert.DoesNotContain(FunctionBackward.Survived, output, StringComparison.Ordinal);
        Assert.Equal((0, FunctionBackward.Survived + " 8"), Run(FunctionBackward.Marked));
    }

    private static (int ExitCode, string Output) Run(string kind)
    {
        using var child = ChildProcess.Start(nameof(FunctionBackward), kind);
        var errors = child.StandardError.ReadToEndAsync();
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        errors.Wait();
        return (child.ExitCode, output.Trim());
    }
}

/// <summary>A matrix multiplication with its own backward.</summary>
[MixedPrecisionFunction]
public sealed partial class Product : autograd.SingleTensorFunction<Product>
{
    public override string Name => nameof(Product);

    private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([x, weight]);
        return x.matmul(weight);
    }

    private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient)
    {
        var saved = ctx.get_saved_variables();
        var (x, weight) = (saved[0], saved[1]);
        return [gradient.matmul(weight.t()), x.t().matmul(gradient)];
    }
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class WithProduct : Module<Tensor, Tensor>
{
    private readonly Parameter weight = new(randn(4, 4));

    public WithProduct()
        : base(nameof(WithProduct)) => RegisterComponents();

    public Parameter Weight => weight;

    private Tensor ForwardCore(Tensor x) => Product.apply(x, weight);
}
