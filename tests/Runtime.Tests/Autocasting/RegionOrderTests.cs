using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Autocasting;

/// <summary>Regions that are left in any order, twice, or not at all restore what was before, on every kind of device.</summary>
public class RegionOrderTests
{
    private static readonly DeviceType[] Kinds = [DeviceType.CPU, DeviceType.MPS];

    [Fact]
    public void Leaving_an_outer_region_leaves_inner_ones_of_other_devices_too()
    {
        var other = new Device(DeviceType.MPS);
        var outer = Autocast.Enter(CPU, Dtype.BFloat16);
        var inner = Autocast.Enter(other, Dtype.Float16);
        outer.Dispose();
        Assert.Equal((false, false), (Autocast.IsEnabled(CPU), Autocast.IsEnabled(other)));
        inner.Dispose();
        Assert.Equal((false, false), (Autocast.IsEnabled(CPU), Autocast.IsEnabled(other)));
    }

    [Fact]
    public void A_region_that_was_left_does_not_leave_another_one()
    {
        var first = Autocast.Enter(CPU, Dtype.BFloat16);
        first.Dispose();
        var second = Autocast.Enter(CPU, Dtype.BFloat16);
        first.Dispose();
        Assert.True(Autocast.IsEnabled(CPU));
        second.Dispose();
        Assert.False(Autocast.IsEnabled(CPU));
    }

    [Fact]
    public void A_copy_of_a_region_leaves_it_once()
    {
        var before = State.Now();
        var region = Autocast.Enter(CPU, Dtype.Float16);
        var copy = region;
        copy.Dispose();
        using var next = Autocast.Disable(CPU);
        var inside = State.Now();
        region.Dispose();
        default(AutocastRegion).Dispose();
        Assert.Equal(inside, State.Now());
        next.Dispose();
        Assert.Equal(before, State.Now());
    }

    [Fact]
    public void Deep_nesting_is_restored()
    {
        var before = State.Now();
        using (Autocast.Enter(CPU, Dtype.BFloat16))
        {
            Nest(100);
        }

        Assert.Equal(before, State.Now());

        static void Nest(int depth)
        {
            if (depth > 0)
            {
                var inside = State.Now();
                using (depth % 3 == 0 ? Autocast.Disable(CPU) : Autocast.Enter(CPU, depth % 2 == 0 ? Dtype.Float16 : Dtype.BFloat16))
                {
                    Nest(depth - 1);
                }

                Assert.Equal(inside, State.Now());
            }
        }
    }

    [Fact]
    public void Random_orders_agree_with_a_plain_stack()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var run = 0; run < 200; run++)
        {
            // The outermost region takes what the walk has forgotten with it.
            var before = State.Now();
            using (Autocast.Enter(CPU, Dtype.BFloat16))
            {
                Walk(random, 12, $"seed {seed}, run {run}");
            }

            Assert.Equal(before, State.Now());
        }
    }

    // Six regions on the stack of the host, since a ref struct cannot be in a list, beside a plain stack of states.
    private static void Walk(Random random, int calls, string context)
    {
        var stack = new List<(int Slot, State Before)>();
        AutocastRegion r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default;
        for (var call = 0; call < calls; call++)
        {
            var slot = random.Next(6);
            if (random.Next(2) == 0)
            {
                // A region that is overwritten is a region that was forgotten: an outer one leaves it.
                stack.Add((slot, State.Now()));
                for (var i = 0; i < stack.Count - 1; i++)
                {
                    stack[i] = stack[i].Slot == slot ? (-1, stack[i].Before) : stack[i];
                }

                var device = new Device(Kinds[random.Next(2)]);
                var region = random.Next(4) == 0 ? Autocast.Disable(device) : Autocast.Enter(device, random.Next(2) == 0 ? Dtype.Float16 : Dtype.BFloat16);
                switch (slot)
                {
                    case 0: r0 = region; break;
                    case 1: r1 = region; break;
                    case 2: r2 = region; break;
                    case 3: r3 = region; break;
                    case 4: r4 = region; break;
                    default: r5 = region; break;
                }
            }
            else
            {
                var expected = State.Now();
                if (stack.FindIndex(entry => entry.Slot == slot) is var index and >= 0)
                {
                    expected = stack[index].Before;
                    stack.RemoveRange(index, stack.Count - index);
                }

                switch (slot)
                {
                    case 0: r0.Dispose(); break;
                    case 1: r1.Dispose(); break;
                    case 2: r2.Dispose(); break;
                    case 3: r3.Dispose(); break;
                    case 4: r4.Dispose(); break;
                    default: r5.Dispose(); break;
                }

                Assert.True(expected == State.Now(), $"{context}, call {call}: {State.Now()}, expected {expected}");
            }
        }

        r0.Dispose();
        r1.Dispose();
        r2.Dispose();
        r3.Dispose();
        r4.Dispose();
        r5.Dispose();
    }

    private readonly record struct State(bool Cpu, ScalarType CpuDtype, bool Mps, ScalarType MpsDtype, bool Cache)
    {
        public static State Now()
        {
            Assert.True(AutocastState.CanUse(DeviceType.MPS));
            return new(
                AutocastState.IsEnabled(DeviceType.CPU), AutocastState.GetDtype(DeviceType.CPU),
                AutocastState.IsEnabled(DeviceType.MPS), AutocastState.GetDtype(DeviceType.MPS), AutocastState.CacheEnabled);
        }
    }
}
