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
/// An expression in a model is tellable where it had one dtype in all executions of that model: over inputs of three dtypes, flags, counts, training and
/// evaluation, and converted parameters or not where both are allowed. It is told where the flow knows that dtype and no other in what it says
/// of that model.
/// </remarks>
public class RandomModelsTests(ITestOutputHelper output)
{
    /// <summary>How many runs with new programs, if not one.</summary>
    private const string RunsVariable = "PRECISION_RANDOM_RUNS";

    /// <summary>The seed of the first program of a run that is to be repeated.</summary>
    private const string SeedVariable = "PRECISION_RANDOM_SEED";

    private const int Programs = 8;

    [Fact]
    public void Every_claim_is_what_the_CPU_gives()
    {
        var seed = Number(SeedVariable) ?? Random.Shared.Next(1_000_000_000);
        for (var run = 0; run < (Number(RunsVariable) ?? 1); run++)
        {
            var counts = new Counts();
            for (var i = 0; i < Programs; i++)
            {
                Check(seed++, counts);
            }

            output.WriteLine($"Run {run}, seeds to {seed - 1}: {counts}");
            Assert.True(counts.Faults.Length == 0, counts.Faults);
            Assert.True(counts.Executed > 0.6 * counts.Expressions, $"Seed {seed - Programs}: {counts}");
            Assert.True(counts.Told >= 0.85 * counts.Tellable, $"Seed {seed - Programs}: {counts}");
        }
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

        counts.Faults += faults.Count > 0 ? $"{string.Join('\n', faults)}\n{text}\n" : "";
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

        public string Faults { get; set; } = "";

        public override string ToString()
            => $"{Expressions} expressions, {Executed} executed; {Told} told of {Tellable} that can be ({100.0 * Told / Tellable:0.0} %)";
    }
}
