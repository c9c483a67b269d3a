using System.Globalization;
using Precision.Flow.Tests.Infrastructure;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Precision.Flow.Tests.RandomModels;

/// <summary>
/// The flow against libtorch on programs of several classes that nobody thought of. In each model, wherever the flow claims a dtype
/// of an expression, that is the one that it has in every execution. A failure names the seed that repeats it.
/// </summary>
/// <remarks>
/// An expression in a model is tellable where it had one dtype in all executions of that model: over inputs of five dtypes (in true 16-bit
/// the floating ones), flags, counts, training and evaluation, and parameters that were converted or not where both are allowed. It is
/// told where the flow knows that dtype and no other in what it says of that model.
/// </remarks>
public class RandomModelsTests(ITestOutputHelper output)
{
    /// <summary>How many runs with new programs, if not one.</summary>
    private const string RunsVariable = "PRECISION_RANDOM_RUNS";

    /// <summary>The seed that new programs begin with, to repeat a run.</summary>
    private const string SeedVariable = "PRECISION_RANDOM_SEED";

    /// <summary>Programs of one run.</summary>
    private const int Programs = 8;

    /// <summary>What has to be told of all that can be, where there are enough programs for a share.</summary>
    private const double Share = 0.85;

    private const int RunsForShare = 20;

    [Fact]
    public void Every_claim_about_known_programs_is_what_the_CPU_gives() => Assert.InRange(Run(seed: 20260101).Share, Share, 1);

    [Fact]
    public void Every_claim_about_new_programs_is_what_the_CPU_gives()
    {
        var (seed, runs, all) = (Number(SeedVariable) ?? Random.Shared.Next(1_000_000_000), Number(RunsVariable) ?? 1, new Counts());
        for (var run = 0; run < runs; run++, seed += Programs)
        {
            all.Add(Run(seed));
        }

        output.WriteLine($"{runs} runs: {all}");
        Assert.True(all.Share >= (runs < RunsForShare ? 0.5 : Share), $"Seeds to {seed}: {all}");
    }

    private Counts Run(int seed)
    {
        var counts = new Counts();
        for (var i = 0; i < Programs; i++)
        {
            Check(seed + i, counts);
        }

        output.WriteLine($"Seeds {seed} to {seed + Programs - 1}: {counts}");
        Assert.True(counts.Faults.Count == 0, string.Join('\n', counts.Faults));
        Assert.True(counts.Executed > 0.6 * counts.Expressions, $"Seed {seed}: {counts}");
        return counts;
    }

    private static int? Number(string variable)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;

    private void Check(int seed, Counts counts)
    {
        const string name = "RandomModels";
        var text = ProgramWriter.Write(seed);
        var truth = Truth.Of([(name + ".cs", text)]);
        var seen = truth.Execute(name, CPU);
        var (lines, faults) = (text.Split('\n'), new List<string>());
        foreach (var (expression, fact) in truth.Analyse(name + ".cs"))
        {
            counts.Expressions++;
            counts.Executed += seen.Contains((expression.File, expression.Line)) ? 1 : 0;
            foreach (var model in seen[(expression.File, expression.Line)].GroupBy(static seen => seen.Model, static seen => DtypesExtensions.OfScalarType((int)seen.Dtype)))
            {
                var gave = model.Aggregate(Dtypes.None, static (union, dtype) => union | dtype);
                var possible = PossibleIn(model.Key, expression.Type, fact);
                var difference = $"Seed {seed}, {model.Key}, line {expression.Line}: {lines[expression.Line - 1].Trim()} gave {gave}; the flow says {possible}";
                if (!possible.HasFlag(gave))
                {
                    faults.Add(difference);
                }
                else if (gave.IsOne())
                {
                    counts.Tellable++;
                    counts.Told += gave == possible ? 1 : 0;
                    if (gave != possible)
                    {
                        output.WriteLine(difference);
                    }
                }
            }
        }

        if (faults.Count > 0)
        {
            counts.Faults.AddRange([.. faults, text]);
        }
    }

    /// <summary>The dtypes that the flow says a tensor may have where a model runs: its own members, or what it holds and calls.</summary>
    private static Dtypes PossibleIn(string model, string type, DtypeFact fact)
    {
        var ways = fact.Values.Where(static way => way.Scenario.Devices.HasFlag(Devices.Cpu));
        var own = ways.Where(way => type == model ? way.Path is null : way.Path?.Split('.')[0] == model).DefaultIfEmpty(new(default, TensorDtype.Unknown, model));
        return own.Aggregate(Dtypes.None, static (union, way) => union | way.Dtype.Dtypes);
    }

    private sealed class Counts
    {
        public int Expressions { get; set; }

        public int Executed { get; set; }

        public int Tellable { get; set; }

        public int Told { get; set; }

        /// <summary>What libtorch contradicts, with the programs.</summary>
        public List<string> Faults { get; } = [];

        public double Share => (double)Told / Tellable;

        public void Add(Counts other)
            => (Expressions, Executed, Tellable, Told) = (Expressions + other.Expressions, Executed + other.Executed, Tellable + other.Tellable, Told + other.Told);

        public override string ToString()
            => $"{Expressions} expressions, {Executed} executed; {Told} told of {Tellable} that can be ({100 * Share:0.0} %)";
    }
}
