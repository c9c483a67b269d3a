using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>The generated forwards that run on one thread, and the tensors that each got and made, the outermost first.</summary>
internal sealed class ForwardStack
{
    private Entry[] entries = new Entry[16];

    /// <summary>How many forwards run.</summary>
    public int Level { get; set; }

    public int Count { get; private set; }

    public ref Entry this[int index] => ref entries[index];

    public void Push(Tensor? tensor, bool isTemporary)
    {
        if (Count == entries.Length)
        {
            Array.Resize(ref entries, 2 * Count);
        }

        entries[Count++] = new Entry { Tensor = tensor, IsTemporary = isTemporary };
    }

    /// <summary>Forgets all but the first entries, so that the tensors in them can be collected.</summary>
    public void CutTo(int count)
    {
        for (var i = count; i < Count; i++)
        {
            entries[i] = default;
        }

        Count = Math.Min(Count, count);
    }

    internal struct Entry
    {
        /// <summary>null = the forward that begins here frees nothing.</summary>
        public Tensor? Tensor;

        public bool IsTemporary;
    }
}
