namespace Precision.Distributed.Nccl;

/// <summary>ncclUniqueId: how ranks find each other. Rank 0 makes it; NCCL takes it by value.</summary>
internal unsafe struct NcclId
{
    public const int Size = 128;

    private fixed byte bytes[Size];

    public static NcclId From(ReadOnlySpan<byte> source)
    {
        var id = default(NcclId);
        source.CopyTo(new Span<byte>(id.bytes, Size));
        return id;
    }

    public byte[] ToArray()
    {
        fixed (byte* start = bytes)
        {
            return new ReadOnlySpan<byte>(start, Size).ToArray();
        }
    }
}
