using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>A group of one rank: every reduction over it is the tensor itself.</summary>
internal sealed class OneProcess : ICommunicator
{
    public bool IsHostSide => true;

    public string Name => "one process";

    public bool CanReduce(ScalarType dtype) => true;

    public void AllReduce(Tensor tensor, ReduceOperation operation)
    {
    }

    public void Broadcast(Tensor tensor, int root)
    {
    }

    public void ReduceScatter(Tensor input, Tensor output, ReduceOperation operation) => Copy(input, output);

    public void AllGather(Tensor input, Tensor output) => Copy(input, output);

    public void Barrier()
    {
    }

    public void Close()
    {
    }

    public void Abort()
    {
    }

    private static void Copy(Tensor input, Tensor output)
    {
        using var noGrad = no_grad();
        using var flat = Lifetime.After(input.view(-1), input);
        using var target = Lifetime.After(output.view(-1), output);
        target.copy_(flat);
    }
}
