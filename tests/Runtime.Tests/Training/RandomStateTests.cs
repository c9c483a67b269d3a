using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Training;

[Collection(SerialTests.Name)]
public sealed class RandomStateTests
{
    /// <summary>
    /// As a thread that loads data draws them while another goes on from a checkpoint. Where the system interrupts the draw itself, it may
    /// still come after the last look; set once only, more than a thousand are bad.
    /// </summary>
    [Fact]
    public void A_state_that_is_set_while_another_thread_draws_is_seldom_one_that_nothing_can_go_on_from()
    {
        var isDone = false;
        using var draws = new ManualResetEventSlim();
        var drawing = new Thread(() =>
        {
            using var numbers = empty(1_000);
            while (!Volatile.Read(ref isDone))
            {
                _ = numbers.uniform_(0, 1);
                draws.Set();
            }
        });
        drawing.Start();
        draws.Wait();
        try
        {
            using var scope = NewDisposeScope();
            var bad = 0;
            var saved = RandomState.Get();
            for (var i = 0; i < 20_000; i++)
            {
                using var inner = NewDisposeScope();
                RandomState.Set(saved);
                bad += RandomState.Mismatch(RandomState.Get()) is null ? 0 : 1;
            }

            Assert.InRange(bad, 0, 500);
        }
        finally
        {
            Volatile.Write(ref isDone, true);
            drawing.Join();
        }
    }
}
