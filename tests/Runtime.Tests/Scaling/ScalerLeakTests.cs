using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Scaling;

[Collection(SerialTests.Name)]
public sealed class ScalerLeakTests
{
    [Theory]
    [InlineData("FusedAdamW")]
    [InlineData("FusedSGD")]
    [InlineData("TorchSharp AdamW")]
    public void No_tensor_leaks_over_1000_steps(string kind)
    {
        FinalizeWhatOtherTestsLeft();
        var parameters = Enumerable.Range(0, 4).Select(_ => nn.Parameter(ones(3))).ToArray();
        using optim.Optimizer optimizer = kind switch
        {
            "FusedAdamW" => new FusedAdamW(parameters, amsgrad: true),
            "FusedSGD" => new FusedSGD(parameters, momentum: 0.9),
            _ => optim.AdamW(parameters),
        };
        using var scaler = new GradScaler(growth_interval: 6, hysteresis: 2);
        long early = 0;
        for (var step = 0; step < 1000; step++)
        {
            using (NewDisposeScope())
            {
                // In the scope, because TorchSharp's own zero_grad leaves a tensor for each parameter.
                optimizer.zero_grad();
                var loss = stack([.. parameters.Select(static p => p.sum())]).sum();
                scaler.scale(loss).backward();
                if (step % 7 == 0)
                {
                    parameters[1].grad = full(3, float.NaN);
                }

                parameters[2].grad = step % 3 == 0 ? null : ones(3);
            }

            // Outside of any dispose scope: what the library makes, the library frees.
            if (step % 2 == 0)
            {
                scaler.unscale_(optimizer);
            }

            scaler.step(optimizer);
            scaler.update();
            _ = scaler.WasSkipped(optimizer);
            _ = scaler.state_dict();
            if (step == 20)
            {
                early = Tensor.TotalCount;
            }
        }

        Assert.Equal(early, Tensor.TotalCount);
    }

    [Fact]
    public void A_disposed_optimizer_and_scaler_leave_nothing()
    {
        FinalizeWhatOtherTestsLeft();
        var parameter = nn.Parameter(ones(3));
        using var loss = ones(1);
        var before = Tensor.TotalCount;
        using (var optimizer = new FusedAdamW([parameter], amsgrad: true))
        using (var sgd = new FusedSGD([parameter], momentum: 0.9, dampening: 0.1))
        using (var scaler = new GradScaler(hysteresis: 2))
        {
            scaler.scale(loss).Dispose();
            using (var gradient = ones(3))
            {
                parameter.grad = gradient;
            }

            scaler.step(optimizer);
            scaler.step(sgd);
            scaler.update();
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    private static void FinalizeWhatOtherTestsLeft()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
