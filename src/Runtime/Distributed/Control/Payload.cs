using System.Text;

namespace Precision.Distributed.Control;

/// <summary>The contents of frames.</summary>
internal static class Payload
{
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(byte[] payload) => Encoding.UTF8.GetString(payload);

    public static byte[] Write(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }

    public static T Read<T>(byte[] payload, Func<BinaryReader, T> read)
    {
        using var reader = new BinaryReader(new MemoryStream(payload), Encoding.UTF8);
        return read(reader);
    }
}

/// <summary>A rank's first message.</summary>
/// <param name="Job">Whose ranks belong together.</param>
/// <param name="Engine">What it will connect with.</param>
/// <param name="Rank">Its number.</param>
/// <param name="WorldSize">How many ranks it was told.</param>
/// <param name="Host">Its machine.</param>
/// <param name="ProcessId">Its process there.</param>
internal sealed record Greeting(string Job, string Engine, int Rank, int WorldSize, string Host, int ProcessId)
{
    // Tells other programs' connections from ours, and this form of the messages from later ones.
    private const string Protocol = "precision-control-2";

    public byte[] ToBytes() => Payload.Write(writer =>
    {
        writer.Write(Protocol);
        writer.Write(Job);
        writer.Write(Engine);
        writer.Write(Rank);
        writer.Write(WorldSize);
        writer.Write(Host);
        writer.Write(ProcessId);
    });

    /// <summary>null for what is no greeting.</summary>
    public static Greeting? From(byte[] payload)
    {
        try
        {
            return Payload.Read(payload, static reader => reader.ReadString() != Protocol
                ? null
                : new Greeting(
                    reader.ReadString(), reader.ReadString(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadString(), reader.ReadInt32()));
        }
        catch (Exception error) when (error is IOException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>How far a rank is.</summary>
/// <param name="Entered">How many collectives it has called.</param>
/// <param name="Completed">How many of them have returned to it.</param>
/// <param name="IsLeaving">Whether the last one is <see cref="CollectiveKind.Dispose"/>.</param>
/// <param name="Last">The last one that it called.</param>
/// <param name="Landmark">The last one whose number is a multiple of <see cref="Landmarks"/>; empty = none yet.</param>
internal sealed record RankProgress(long Entered, long Completed, bool IsLeaving, string Last, string Landmark = "")
{
    /// <summary>Ranks that are no more than this far from each other can compare what they have called, although each reports when it will.</summary>
    public const long Landmarks = 256;

    /// <summary>The landmark's number; 0 = none yet.</summary>
    public long LandmarkNumber => Entered - (Entered % Landmarks);

    public byte[] ToBytes() => Payload.Write(writer =>
    {
        writer.Write(Entered);
        writer.Write(Completed);
        writer.Write(IsLeaving);
        writer.Write(Last);
        writer.Write(Landmark);
    });

    public static RankProgress From(byte[] payload)
        => Payload.Read(
            payload,
            static reader => new RankProgress(
                reader.ReadInt64(), reader.ReadInt64(), reader.ReadBoolean(), reader.ReadString(), reader.ReadString()));
}
