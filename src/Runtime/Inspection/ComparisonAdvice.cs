using System.Globalization;

namespace Precision.Inspection;

/// <summary>Turns the numbers of a comparison into advice.</summary>
internal sealed class ComparisonAdvice
{
    /// <summary>A validation loss this close to float32's counts as equal, even where seeds differ by less: the project's own gate.</summary>
    private const double EqualLoss = 0.02;

    /// <summary>How many standard deviations between seeds another loss must be off to mean something.</summary>
    private const double SeedDeviations = 2;

    /// <summary>Once the loss scale has settled, so many skipped steps are still normal: it is raised now and then, to try.</summary>
    private const double NormalSkips = 0.05;

    /// <summary>In a short training it settles late: four skips take it from 65,536 to 4,096.</summary>
    private const int SettlingSkips = 4;

    private const double FasterBy = 1.05;
    private const double AsFast = 0.95;
    private const double LessMemory = 0.9;

    /// <summary>Smaller differences can come from the allocator, which keeps what was freed.</summary>
    private const long MemoryNoise = 32L << 20;

    /// <summary>Two formats closer in speed than this are equally fast.</summary>
    private const double ClearlyFaster = 1.2;

    private readonly IReadOnlyList<ModeResult> modes;
    private readonly ModeResult float32;
    private readonly Hardware hardware;

    private ComparisonAdvice(IReadOnlyList<ModeResult> modes, Hardware hardware)
    {
        this.modes = modes;
        this.hardware = hardware;
        float32 = modes[0];
    }

    /// <summary>What to do, and why.</summary>
    /// <param name="modes">Float32 first.</param>
    /// <param name="hardware">What they were trained on.</param>
    public static Recommendation Of(IReadOnlyList<ModeResult> modes, Hardware hardware) => new ComparisonAdvice(modes, hardware).Advise();

    private Recommendation Advise()
    {
        if (float32.Failure is { } failure)
        {
            return new Recommendation(
                Dtype.Float32,
                float32.Name,
                PaysHere: false,
                "Not even float32 trains here: look at the data and the learning rate first.",
                [$"In float32, {failure}."]);
        }

        var sixteenBit = modes.Skip(1).ToList();
        var reasons = sixteenBit.GroupBy(static mode => (mode.Policy.Compute, mode.ComparedAt, Learns(mode))).SelectMany(Learning).ToList();
        if (sixteenBit.Count == 0)
        {
            return new Recommendation(Dtype.Float32, float32.Name, PaysHere: false, "Only float32 was trained: there is nothing to compare.", []);
        }

        reasons.AddRange(Speeds(sixteenBit));
        reasons.AddRange(NotNative(sixteenBit));
        var fastest = sixteenBit.Where(Learns)
            .GroupBy(static mode => mode.Policy.Compute)
            .ToDictionary(static group => group.Key, static group => group.MaxBy(static mode => mode.Speedup)!);
        if (fastest.Count == 0)
        {
            return new Recommendation(
                Dtype.Float32, float32.Name, PaysHere: false, "Train in float32: nothing in 16-bit learns what float32 learns here.", reasons);
        }

        var best = fastest.Count == 1 ? fastest.Values.Single() : Better(fastest[Dtype.BFloat16], fastest[Dtype.Float16], reasons);
        var pays = Pays(best);
        return new Recommendation(
            best.Policy.Compute,
            pays ? best.Name : float32.Name,
            pays,
            pays
                ? $"Train in {best.Name}: it learns what float32 learns{Gain(best)}."
                : $"{best.Policy.Compute} suits this task, but does not pay on this hardware: train in float32 here.",
            reasons);
    }

    /// <summary>Chooses between both formats where both learn.</summary>
    private ModeResult Better(ModeResult bfloat16, ModeResult float16, List<string> reasons)
    {
        if (!bfloat16.Native.IsNative && float16.Native.IsNative)
        {
            reasons.Add("Of the two, only Float16 is native here.");
            return float16;
        }

        if (float16.Speedup > bfloat16.Speedup * ClearlyFaster)
        {
            reasons.Add(Invariant($"Of the two, Float16 is {float16.Speedup / bfloat16.Speedup:F1} times as fast."));
            return float16;
        }

        reasons.Add("Of the two, BFloat16 needs no loss scaling and has float32's range, so it is the safer one in a longer training.");
        return bfloat16;
    }

    private bool Pays(ModeResult mode)
        => mode.Speedup >= FasterBy || (mode.Speedup >= AsFast && SavesMemory(mode));

    private bool SavesMemory(ModeResult mode)
        => mode.PeakMemoryBytes <= float32.PeakMemoryBytes * LessMemory && float32.PeakMemoryBytes - mode.PeakMemoryBytes > MemoryNoise;

    private string Gain(ModeResult mode)
    {
        var memory = SavesMemory(mode) ? Invariant($"{(double)mode.PeakMemoryBytes!.Value / float32.PeakMemoryBytes!.Value:P0} of the memory") : null;
        return mode.Speedup >= FasterBy
            ? Invariant($" and is {mode.Speedup:F2} times as fast here") + (memory is null ? "" : $", in {memory}")
            : $" in {memory}";
    }

    private static bool Learns(ModeResult mode) => mode.Failure is null && !Overflows(mode) && !IsWorse(mode);

    /// <summary>Skipping goes on after the loss scale had half the training to settle.</summary>
    private static bool Overflows(ModeResult mode) => mode.Trials.Any(static trial =>
    {
        var half = trial.Training.LastOrDefault(point => point.Step <= trial.Steps / 2);
        var steps = trial.Steps - (half?.Step ?? 0);
        return trial.SkippedSteps - (half?.SkippedSteps ?? 0) > Math.Max(SettlingSkips, steps * NormalSkips);
    });

    private static bool IsWorse(ModeResult mode)
        => !(mode.ValidationLoss - mode.Float32ValidationLoss
            <= Math.Max(EqualLoss * Math.Abs(mode.Float32ValidationLoss), SeedDeviations * mode.SeedDeviation));

    /// <summary>What modes learned: one sentence for those of a format that learn what float32 learns, one for each other.</summary>
    private static IEnumerable<string> Learning(IEnumerable<ModeResult> modes)
    {
        var all = modes.ToList();
        return all.Count > 1 && Learns(all[0]) ? [Equality(all)] : all.Select(static mode => Learns(mode) ? Equality([mode]) : Fault(mode));
    }

    private static string Equality(List<ModeResult> modes)
    {
        var mode = modes[0];
        var (least, most) = (modes.Min(static mode => mode.ValidationLoss), modes.Max(static mode => mode.ValidationLoss));
        var (name, losses) = modes.Count == 1
            ? ($"{mode.Name} learns what float32 learns", Invariant($"a validation loss of {least:G5}"))
            : ($"{mode.Policy.Compute} learns what float32 learns in each way to store parameters", Invariant($"validation losses of {least:G5} to {most:G5}"));
        var seeds = mode.SeedDeviation > 0 ? Invariant($" (seeds alone make a difference of {mode.SeedDeviation:G2})") : "";
        return Invariant($"{name}: {losses} after {mode.ComparedAt} steps{Reduced(mode)}, float32 one of {mode.Float32ValidationLoss:G5}{seeds}.");
    }

    /// <summary>Why a mode did not learn what float32 learned.</summary>
    private static string Fault(ModeResult mode)
    {
        if (mode.Failure is { } failure)
        {
            return $"{mode.Name} does not train: {failure}.{Range(mode)}";
        }

        return Overflows(mode)
            ? Invariant($"{mode.Name} skipped {mode.SkippedSteps} of {mode.Steps} steps because gradients were not finite.{Range(mode)}")
            : Invariant(
                $"{mode.Name} reaches a validation loss of {mode.ValidationLoss:G5} after {mode.ComparedAt} steps{Reduced(mode)}, float32 one of ")
                + Invariant($"{mode.Float32ValidationLoss:G5}.{(mode.SkippedSteps > 0 ? Skips(mode) : Precision(mode))}");
    }

    private static string Reduced(ModeResult mode) => mode.IsReduced ? " (reduced: ended by the time limit)" : "";

    private static string Range(ModeResult mode) => mode.Policy.Compute is Dtype.Float16
        ? Invariant($" Float16 ends at {DtypeFormat.Of(Dtype.Float16).Largest:N0}; BFloat16 and float32 reach 3E+38.")
        : "";

    private static string Skips(ModeResult mode) => Invariant(
        $" It skipped {mode.SkippedSteps} of {mode.Steps} steps while its loss scale settled; in a longer training that may not matter.");

    private static string Precision(ModeResult mode)
    {
        var format = DtypeFormat.Of(mode.Policy.Compute);
        return Invariant($" {format.Dtype} has {format.MantissaBits} bits of mantissa: numbers near 1 are {format.Epsilon:G2} apart, ")
            + "which is too coarse for this task.";
    }

    private IEnumerable<string> Speeds(IReadOnlyList<ModeResult> sixteenBit)
    {
        var speeds = sixteenBit.Where(static mode => !double.IsNaN(mode.Speedup)).ToList();
        if (speeds.Count > 0)
        {
            yield return "Speed, times float32's: "
                + string.Join(", ", speeds.Select(static mode => Invariant($"{mode.Name} {mode.Speedup:G3}"))) + ".";
        }
    }

    private IEnumerable<string> NotNative(IReadOnlyList<ModeResult> sixteenBit) => sixteenBit
        .Where(static mode => !mode.Native.IsNative)
        .DistinctBy(static mode => mode.Policy.Compute)
        .Select(mode => $"{mode.Policy.Compute} is not native on {hardware.Name}: {mode.Native.Reason}. It is emulated there.");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
