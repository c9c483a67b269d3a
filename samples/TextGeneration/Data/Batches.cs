using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace TextGeneration.Data;

/// <summary>Windows of a text with, for each character, the one to predict.</summary>
internal static class Batches
{
    /// <summary>
    /// Random windows. They follow from the seed and the step alone, so a resumed run sees the same ones without any
    /// position being kept.
    /// </summary>
    /// <returns>Int64 [batch, context] each; the targets are the inputs one character later.</returns>
    public static (Tensor Inputs, Tensor Targets) Random(long[] text, int batch, int context, int seed, int step, Device device)
    {
        var random = new Random(Mix(seed, step));
        return Windows(text, [.. Enumerable.Range(0, batch).Select(_ => random.Next(text.Length - context))], context, device);
    }

    /// <summary>Up to <paramref name="windows"/> windows spread evenly over the text: always the same ones.</summary>
    public static IEnumerable<(Tensor Inputs, Tensor Targets)> Even(long[] text, int windows, int batch, int context, Device device)
    {
        var count = Math.Min(windows, (text.Length - 1) / context);
        var starts = Enumerable.Range(0, count).Select(i => (int)((long)i * (text.Length - 1 - context) / Math.Max(1, count - 1)));
        return starts.Chunk(batch).Select(some => Windows(text, some, context, device));
    }

    /// <summary>Hashed, because generators of neighbouring seeds start with related numbers.</summary>
    private static int Mix(int seed, int step)
        => BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}:{step}")));

    private static (Tensor Inputs, Tensor Targets) Windows(long[] text, int[] starts, int context, Device device)
    {
        Tensor From(int offset)
            => tensor([.. starts.SelectMany(start => text.AsSpan(start + offset, context).ToArray())], [starts.Length, context], device: device);

        return (From(0), From(1));
    }
}
