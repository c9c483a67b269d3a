using Precision.CompilerServices;

namespace Precision.Runtime.Tests.CompilerServices;

/// <summary>Gives the CPU an accelerator's policy on this thread until it is disposed.</summary>
internal sealed class CudaPolicy : IDisposable
{
    public CudaPolicy() => PinnedDtype.TakesCpuForAccelerator = true;

    public void Dispose() => PinnedDtype.TakesCpuForAccelerator = false;
}
