namespace Precision.Generator.Rules.Numerics;

/// <summary>What is known of numbers that lie in equal steps, as positions do.</summary>
/// <param name="Largest">The largest of them, whatever its sign; null where it is not known.</param>
/// <param name="Step">The distance of two neighbours.</param>
internal readonly record struct Steps(double? Largest, double Step)
{
    /// <summary>Whole numbers, nobody knows how many.</summary>
    public static readonly Steps Whole = new(null, 1);

    /// <summary>How many steps lie between 0 and the largest number. A dtype that has fewer makes neighbours equal, whatever the step is.</summary>
    public double? Count => Largest / Step;

    /// <summary>The same numbers, moved by another one.</summary>
    public Steps Plus(double? number) => this with { Largest = number is { } known ? Largest + Math.Abs(known) : null };

    /// <summary>The same numbers, stretched. By how much does not matter to the count.</summary>
    public Steps Times(double? factor) => factor is null or 0 ? this : new(Largest * Math.Abs(factor.Value), Step * Math.Abs(factor.Value));

    /// <summary>Differences and sums of two, as relative positions are.</summary>
    public Steps Plus(Steps other) => new(Largest + other.Largest, Math.Min(Step, other.Step));
}
