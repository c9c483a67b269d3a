using System.Buffers.Binary;
using System.Globalization;
using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// The states of libtorch's default random generators: the CPU's, and each CUDA device's. Generators that a program makes itself
/// (<c>torch.Generator</c>, <c>System.Random</c>) are the program's to save.
/// </summary>
internal static class RandomState
{
    private const string Cpu = "cpu";
    private const string Cuda = "cuda:";
    private const int MostTries = 1_000;

    /// <summary>The states, by device.</summary>
    public static IReadOnlyList<SavedTensor> Get()
        => [.. Enumerable.Range(0, CudaDevices).Select(static i => Cuda + i).Prepend(Cpu).Select(static device => Saved(device))];

    /// <summary>
    /// What keeps states from being set; null if nothing does. libtorch ends the process for a state that is not its own. States of
    /// devices that are not there are left out.
    /// </summary>
    public static string? Mismatch(IReadOnlyList<SavedTensor> states)
    {
        if (!states.Any(static state => state.Name is Cpu))
        {
            return "it lacks the random state of the CPU";
        }

        foreach (var state in states.Where(static state => IsHere(state.Name)))
        {
            using var own = Of(state.Name);
            if (state.Mismatch(own, "random state") is { } mismatch)
            {
                return mismatch + ": another version of libtorch wrote it";
            }

            var bytes = state.Value!.bytes;
            if (!(state.Name is Cpu ? IsMersenneTwister(bytes) : IsPhilox(bytes)))
            {
                return $"the random state of '{state.Name}' is none of libtorch's";
            }
        }

        return null;
    }

    /// <summary>Sets the states of the devices that are there, which <see cref="Mismatch"/> has nothing against.</summary>
    public static void Set(IReadOnlyList<SavedTensor> states)
    {
        foreach (var state in states.Where(static state => IsHere(state.Name)))
        {
            SetOne(state);

            // libtorch takes no lock: with a draw of another thread in the middle, the generator would read beyond its words. That gets rare
            // so, not impossible: a draw that is interrupted may end after the look.
            for (var tries = 1; state.Name is Cpu && tries < MostTries && !IsWhole(); tries++)
            {
                SetOne(state);
            }
        }
    }

    private static void SetOne(SavedTensor state)
    {
        var generator = Generator(state.Name);
        generator.set_state(state.Value!);
        GC.KeepAlive(generator);
        GC.KeepAlive(state.Value);
    }

    private static bool IsWhole()
    {
        using var state = Of(Cpu);
        return IsMersenneTwister(state.bytes);
    }

    private static int CudaDevices => cuda_is_available() ? cuda.device_count() : 0;

    private static SavedTensor Saved(string device)
    {
        using var state = Of(device);
        return SavedTensor.Of(device, state);
    }

    private static Tensor Of(string device)
    {
        var generator = Generator(device);
        var state = generator.get_state();
        GC.KeepAlive(generator);
        return state;
    }

    // Kept alive through each call: the finalizer would free the handle of torch.get_rng_state() while libtorch reads it.
    private static Generator Generator(string device)
        => device is Cpu ? torch.Generator.Default : CudaGenerator.Of(Index(device)!.Value);

    private static bool IsHere(string device) => device is Cpu || Index(device) < CudaDevices;

    private static int? Index(string device)
        => device.StartsWith(Cuda, StringComparison.Ordinal)
            && int.TryParse(device.AsSpan(Cuda.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? index
                : null;

    // at::CPUGeneratorImplStateLegacy: the seed (8 bytes), left (4), seeded (4), next (8), then the twister's 624 words, 8 bytes
    // each. libtorch reads words next to next + left - 2 before it makes new ones, and does not look whether they are there.
    private static bool IsMersenneTwister(ReadOnlySpan<byte> state)
    {
        const int words = 624;
        var left = BinaryPrimitives.ReadInt32LittleEndian(state[8..]);
        var seeded = BinaryPrimitives.ReadInt32LittleEndian(state[12..]);
        var next = BinaryPrimitives.ReadUInt64LittleEndian(state[16..]);
        return seeded == 1 && left is > 0 and <= words && next <= words && (long)next + left <= words + 1;
    }

    // The seed and the offset, which counts in groups of four numbers.
    private static bool IsPhilox(ReadOnlySpan<byte> state) => BinaryPrimitives.ReadInt64LittleEndian(state[8..]) is >= 0 and var offset && offset % 4 == 0;
}
