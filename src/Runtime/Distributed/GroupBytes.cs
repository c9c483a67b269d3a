using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>Broadcasts bytes, of which the other ranks do not know how many there are.</summary>
internal static class GroupBytes
{
    /// <summary>The bytes of one rank.</summary>
    /// <param name="group">The ranks.</param>
    /// <param name="own">What this rank has; only the root's are sent.</param>
    /// <param name="root">Whose bytes all get.</param>
    public static byte[] BroadcastBytes(this ProcessGroup group, byte[] own, int root = 0)
    {
        using var scope = NewDisposeScope();
        var length = tensor(new[] { (long)own.Length }).to(group.Device);
        group.Broadcast(length, root);
        var bytes = root == group.Rank
            ? tensor(own).to(group.Device)
            : empty(length.cpu().item<long>(), dtype: ScalarType.Byte, device: group.Device);
        group.Broadcast(bytes, root);
        return bytes.cpu().data<byte>().ToArray();
    }
}
