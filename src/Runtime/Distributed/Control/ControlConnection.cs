using System.Buffers.Binary;
using System.Net.Sockets;

namespace Precision.Distributed.Control;

/// <summary>Frames over a socket: four bytes with the payload's length, one with the kind, the payload.</summary>
internal sealed class ControlConnection : IDisposable
{
    private const int HeaderBytes = 5;
    private const int MaximumPayload = 64 * 1024;
    private const int SendMilliseconds = 2_000;

    private readonly Lock sending = new();
    private readonly byte[] buffer = new byte[HeaderBytes + MaximumPayload];
    private int filled;

    public ControlConnection(Socket socket)
    {
        Socket = socket;
        socket.NoDelay = true;
        socket.SendTimeout = SendMilliseconds;
    }

    public Socket Socket { get; }

    /// <summary>Sends a frame; any thread may.</summary>
    /// <returns>Whether the other side can still be reached.</returns>
    public bool TrySend(FrameKind kind, ReadOnlySpan<byte> payload = default)
    {
        payload = payload[..Math.Min(payload.Length, MaximumPayload)];
        var frame = new byte[HeaderBytes + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, payload.Length);
        frame[HeaderBytes - 1] = (byte)kind;
        payload.CopyTo(frame.AsSpan(HeaderBytes));
        try
        {
            lock (sending)
            {
                for (var sent = 0; sent < frame.Length;)
                {
                    sent += Socket.Send(frame.AsSpan(sent));
                }
            }

            return true;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Reads what has come, of a socket that is readable, and appends the complete frames.</summary>
    /// <returns>Whether the other side is still there, and speaks this protocol.</returns>
    public bool TryReceive(List<ControlFrame> frames)
    {
        try
        {
            var received = Socket.Receive(buffer.AsSpan(filled));
            if (received == 0)
            {
                return false;
            }

            filled += received;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }

        return TryParse(frames);
    }

    public void Dispose() => Socket.Dispose();

    private bool TryParse(List<ControlFrame> frames)
    {
        var start = 0;
        while (filled - start >= HeaderBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(start));
            if (length is < 0 or > MaximumPayload)
            {
                return false;
            }

            if (filled - start < HeaderBytes + length)
            {
                break;
            }

            frames.Add(new((FrameKind)buffer[start + HeaderBytes - 1], buffer.AsSpan(start + HeaderBytes, length).ToArray()));
            start += HeaderBytes + length;
        }

        buffer.AsSpan(start, filled - start).CopyTo(buffer);
        filled -= start;
        return true;
    }
}
