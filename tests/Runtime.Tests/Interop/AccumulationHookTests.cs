using System.Runtime.CompilerServices;
using Precision.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Interop;

public sealed class AccumulationHookTests
{
    [SkippableFact]
    public void A_leaf_is_heard_of_once_in_a_backward_with_its_whole_gradient()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The function's name is that of Linux.");
        Assert.True(AccumulationHook.IsAvailable);
        using var scope = NewDisposeScope();
        var (twice, unused) = (new Parameter(ones(2)), new Parameter(ones(2)));
        var heard = new Listener(number => twice.grad!.sum().item<float>() + (100 * number));
        AccumulationHook.Set(twice, heard, 3);
        AccumulationHook.Set(unused, heard, 4);
        (twice.sum() + (twice * twice).sum()).backward();
        Assert.Equal([306f], heard.Results);   // 2 × (1 + 2)

        twice.sum().backward();
        Assert.Equal([306f, 308f], heard.Results);
        AccumulationHook.Remove(twice);
        twice.sum().backward();
        Assert.Equal(2, heard.Results.Count);
    }

    [SkippableFact]
    public void A_leaf_keeps_no_listener_alive()
    {
        Skip.IfNot(AccumulationHook.IsAvailable);
        using var leaf = new Parameter(ones(2));
        var listener = SetAndForget(leaf);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(listener.TryGetTarget(out _));
        using var sum = leaf.sum();
        sum.backward();   // nobody hears, and nothing happens
        Assert.Equal([1f, 1f], leaf.grad!.data<float>().ToArray());
    }

    [SkippableFact]
    public void The_last_listener_counts_and_a_disposed_leaf_takes_its_own_along()
    {
        Skip.IfNot(AccumulationHook.IsAvailable);
        var (first, second) = (new Listener(static number => number), new Listener(static number => number));
        using (var leaf = new Parameter(ones(2)))
        {
            AccumulationHook.Set(leaf, first, 1);
            AccumulationHook.Set(leaf, second, 2);
            using var sum = leaf.sum();
            sum.backward();
        }

        Assert.Empty(first.Results);
        Assert.Equal([2f], second.Results);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference<Listener> SetAndForget(Tensor leaf)
    {
        var listener = new Listener(static number => number);
        AccumulationHook.Set(leaf, listener, 0);
        return new(listener);
    }

    private sealed class Listener(Func<int, float> result) : IAccumulationListener
    {
        public List<float> Results { get; } = [];

        public void OnAccumulated(int number) => Results.Add(result(number));
    }
}
