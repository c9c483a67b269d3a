using System.Runtime.InteropServices;
using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.FusedOperations;

/// <summary>Operations with a backward of their own in libtorch's graph.</summary>
[Collection(SerialTests.Name)]
public class AutogradNodeTests
{
    [Fact]
    public void Gradients_flow_through_several_inputs_and_results()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (rand(3, requires_grad: true), rand(3, requires_grad: true));
        var (sum, product) = SumAndProduct(a, b);
        Assert.Equal((true, true), (sum.requires_grad, product.requires_grad));
        (sum * 2 + product * product).sum().backward();
        var (x, y) = (a.detach().requires_grad_(), b.detach().requires_grad_());
        ((x + y) * 2 + x * y * (x * y)).sum().backward();
        Assert.True(a.grad!.allclose(x.grad!) && b.grad!.allclose(y.grad!));
    }

    [Fact]
    public void A_result_that_nothing_depends_on_has_no_gradient()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (rand(3, requires_grad: true), rand(3, requires_grad: true));
        SumAndProduct(a, b).Sum.sum().backward();
        Assert.True(a.grad!.allclose(ones(3)) && b.grad!.allclose(ones(3)));
    }

    [Fact]
    public void Results_may_be_views_of_one_tensor()
    {
        using var scope = NewDisposeScope();
        var x = rand(4, 6, requires_grad: true);
        Tensor[] parts;
        using (no_grad())
        {
            parts = (x * 2).chunk(3, -1);
        }

        parts = AutogradNode.Record([x], parts, [], static (gradients, _) => [cat([.. gradients.Select(static g => g!)], -1) * 2]);
        ((parts[0] * parts[1]).sum() + parts[2].unsqueeze(0).sum()).backward();
        var y = x.detach().requires_grad_();
        var expected = (y * 2).chunk(3, -1);
        ((expected[0] * expected[1]).sum() + expected[2].sum()).backward();
        Assert.True(x.grad!.allclose(y.grad!));
    }

    [Fact]
    public void Saved_tensors_may_become_the_gradients()
    {
        using var scope = NewDisposeScope();
        var x = rand(1000, requires_grad: true);
        Tensor sum, gradient;
        using (no_grad())
        {
            (sum, gradient) = ((x * x).sum(), x * 2);
        }

        sum = AutogradNode.Record([x], [sum], [gradient], static (gradients, saved) => [saved[0].mul_(gradients[0]!)])[0];
        (sum * 3).backward();
        Assert.True(x.grad!.allclose(x.detach() * 6));
    }

    [Fact]
    public void Going_back_twice_is_an_error_and_not_a_wrong_gradient()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (rand(3, requires_grad: true), rand(3, requires_grad: true));
        var loss = SumAndProduct(a, b).Product.sum();
        loss.backward(retain_graph: true);
        Assert.Throws<ExternalException>(() => loss.backward());
    }

    [Fact]
    public void Nothing_is_leaked()
    {
        long before = 0;
        for (var i = 0; i < 60; i++)
        {
            using (NewDisposeScope())
            {
                var (a, b) = (rand(3, requires_grad: true), rand(3, requires_grad: true));
                var (sum, product) = SumAndProduct(a, b);
                var (again, _) = SumAndProduct(sum, product);
                if (i % 2 == 0)
                {
                    again.sum().backward();
                }
            }

            if (i == 9)
            {
                before = Tensor.TotalCount;
            }
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    private static (Tensor Sum, Tensor Product) SumAndProduct(Tensor a, Tensor b)
    {
        Tensor sum, product;
        using (no_grad())
        {
            (sum, product) = (a + b, a * b);
        }

        var results = AutogradNode.Record(
            [a, b],
            [sum, product],
            [a, b],
            static (gradients, saved) =>
            {
                var (left, right) = (gradients[0], gradients[0]);
                if (gradients[1] is { } product)
                {
                    left = left is null ? product * saved[1] : left + product * saved[1];
                    right = right is null ? product * saved[0] : right + product * saved[0];
                }

                return [left?.alias(), right?.alias()];
            });
        return (results[0], results[1]);
    }
}
