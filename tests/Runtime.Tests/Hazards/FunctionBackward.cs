using Precision.Runtime.Tests.Generated;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Hazards;

/// <summary>
/// The program that a test starts as a process of its own: the backward of a custom autograd function, where a 16-bit gradient meets a float32 weight.
/// </summary>
internal static class FunctionBackward
{
    public const string Marked = "marked";
    public const string Unmarked = "unmarked";
    public const string Survived = "survived";

    /// <param name="kind">Whether the function is marked.</param>
    public static void Run(string kind)
    {
        var (x, weight) = (ones(2, 2, requires_grad: true), ones(2, 2, requires_grad: true));
        Tensor loss;
        using (Autocast.Enter(CPU, Dtype.BFloat16))
        {
            loss = (kind == Marked ? MarkedProduct.apply(x, weight, new Observer()) : UnmarkedProduct.apply(x, weight)).sum();
        }

        loss.backward();
        Console.WriteLine($"{Survived} {x.grad!.sum().ToDouble()}");
    }
}

#pragma warning disable PRC3005 // the hazard itself
/// <summary>A matrix multiplication whose backward does not know of regions.</summary>
public sealed class UnmarkedProduct : autograd.SingleTensorFunction<UnmarkedProduct>
#pragma warning restore PRC3005
{
    public override string Name => nameof(UnmarkedProduct);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([x, weight]);
        return x.matmul(weight);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        var saved = ctx.get_saved_variables();
        return [gradient.matmul(saved[1].t()), saved[0].t().matmul(gradient)];
    }
}
