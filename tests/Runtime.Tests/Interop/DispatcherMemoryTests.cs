using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Interop;

[Collection(SerialTests.Name)]
public sealed class DispatcherMemoryTests
{
    [Fact]
    public void Calls_release_their_arguments()
        => AssertReleased(static (a, b) =>
        {
            Foreach.Copy_([a], [b]);
            Foreach.Mul_([a], tensor(2f));
            AmpOperators.NonFiniteCheckAndUnscale_([a], zeros(1), tensor(1f));
        });

    [Fact]
    public void Arguments_that_no_call_took_are_released()
        => AssertReleased(static (a, b) =>
        {
            using var call = new DispatcherCall();
            call.Add(a);
            call.Add([a, b]);
            call.AddOptional(b);
            call.AddOptional(null);
            call.Add(1.0);
        });

    // A handle that is not released keeps its tensor's memory: 60 rounds of 32 MB would then be 1.9 GB.
    private static void AssertReleased(Action<Tensor, Tensor> use)
    {
        long early = 0;
        for (var round = 0; round < 60; round++)
        {
            using var scope = NewDisposeScope();
            use(ones(4 << 20), ones(4 << 20));
            if (round == 5)
            {
                early = Environment.WorkingSet;
            }
        }

        Assert.InRange((Environment.WorkingSet - early) >> 20, long.MinValue, 300);
    }
}
