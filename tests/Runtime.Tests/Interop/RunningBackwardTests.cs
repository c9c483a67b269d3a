using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Interop;

/// <summary>Several threads that train, as ranks in one process do, hear of their own failures.</summary>
public sealed class RunningBackwardTests
{
    [Fact]
    public void Each_thread_gets_the_failure_of_its_own_backward()
    {
        using var together = new Barrier(3);
        var failures = new Exception?[3];
        var threads = Enumerable.Range(0, 3).Select(number => new Thread(() => failures[number] = Fail(number, together))).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        Assert.Equal(["fault 0", "fault 1", null], failures.Select(static failure => failure?.Message));
    }

    [Fact]
    public void A_failure_on_a_thread_of_libtorch_belongs_to_where_the_forward_ran()
    {
        using var scope = NewDisposeScope();
        using var running = new RunningBackward();
        using var other = Another();
        var recorder = Environment.CurrentManagedThreadId;
        var thread = new Thread(() => RunningBackward.NoteFailure(new InvalidOperationException("fault"), recorder));
        thread.Start();
        thread.Join();
        Assert.Equal("fault", running.Failure!.Message);
        Assert.Null(other.Failure);
    }

    private static RunningBackward Another()
    {
        RunningBackward? other = null;
        var thread = new Thread(() => other = new RunningBackward());
        thread.Start();
        thread.Join();
        return other!;
    }

    // The last one fails in libtorch, while the others fail here.
    private static Exception? Fail(int number, Barrier together)
    {
        using var scope = NewDisposeScope();
        var x = ones(2).requires_grad_();
        var y = AutogradNode.Record([x], [x.detach().alias()], [], (_, _) => throw new InvalidOperationException($"fault {number}"))[0];
        var loss = number < 2 ? y.sum() : x.square().sum();
        if (number == 2)
        {
            loss.backward();
        }

        using var running = new RunningBackward();
        together.SignalAndWait();
        Assert.NotNull(Record.Exception(() => loss.backward()));
        together.SignalAndWait();
        return running.Failure;
    }
}
