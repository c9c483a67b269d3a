using System.Runtime.CompilerServices;
using Precision.Interop;
using static TorchSharp.torch;

namespace Precision;

/// <summary>The arguments of one kernel launch, in order.</summary>
internal unsafe ref struct KernelArguments
{
    private Slots slots;
    private int count;

    /// <summary>The values, each in the low bytes of its place.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public readonly ReadOnlySpan<ulong> Values => ((ReadOnlySpan<ulong>)slots)[..count];

    /// <summary>The address of a tensor's first element; null for no tensor.</summary>
    public void Add(Tensor? tensor) => slots[count++] = Address(tensor);

    /// <summary>An <c>int</c>.</summary>
    public void Add(int value) => slots[count++] = (uint)value;

    /// <summary>An <c>int</c> used as a flag.</summary>
    public void Add(bool value) => Add(value ? 1 : 0);

    /// <summary>A <c>long long</c>.</summary>
    public void Add(long value) => slots[count++] = (ulong)value;

    /// <summary>A <c>float</c>.</summary>
    public void Add(float value) => slots[count++] = BitConverter.SingleToUInt32Bits(value);

    /// <summary>A <c>double</c>.</summary>
    public void Add(double value) => slots[count++] = BitConverter.DoubleToUInt64Bits(value);

    /// <summary>Where a tensor's first element lies on its device; 0 for no tensor.</summary>
    public static ulong Address(Tensor? tensor)
    {
        void* data = null;
        if (tensor is not null && StableApi.Current.GetDataPointer(tensor.Handle, &data) != 0)
        {
            throw new InvalidOperationException("libtorch has no memory for a tensor of a fused operation.");
        }

        GC.KeepAlive(tensor);
        return (ulong)data;
    }

    [InlineArray(16)]
    private struct Slots
    {
        private ulong first;
    }
}
