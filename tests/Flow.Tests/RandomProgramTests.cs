using CsCheck;
using Precision.Flow.Tests.Infrastructure;
using Precision.Generator.Flow.Values;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Precision.Flow.Tests;

/// <summary>
/// The flow against libtorch on methods that nobody thought of: wherever it claims a dtype, that is the one. A failure prints the
/// seed that repeats it.
/// </summary>
public class RandomProgramTests(ITestOutputHelper output)
{
    private const int Methods = 150;

    [Fact]
    public void Every_claim_is_what_the_CPU_gives()
        => RandomMethod.Choices.Array[Methods].Sample(Check, iter: 2, threads: 1, writeLine: output.WriteLine);

    private void Check(byte[][] methods)
    {
        const string name = "RandomMethods";
        var text = RandomMethod.Class(name, methods);
        var truth = Truth.Of([(name + ".cs", text)]);
        var seen = truth.Execute(name, CPU);
        var lines = text.Split('\n');
        var (faults, executed, told, count) = (new List<string>(), 0, 0, 0);
        foreach (var (expression, fact) in truth.Analyse(name + ".cs"))
        {
            count++;
            var dtypes = seen[(expression.File, expression.Line)].Select(static seen => seen.Dtype).Distinct().ToList();
            executed += dtypes.Count > 0 ? 1 : 0;
            told += dtypes.Count > 0 && fact.Known is not Dtypes.None ? 1 : 0;
            var possible = fact.Values
                .Where(static value => value.Scenario.Devices.HasFlag(Devices.Cpu))
                .Aggregate(Dtypes.None, static (union, value) => union | value.Dtype.Dtypes);
            possible = possible is Dtypes.None ? Dtypes.Any : possible;
            if (dtypes.Any(dtype => !possible.HasFlag(DtypesExtensions.OfScalarType((int)dtype))))
            {
                faults.Add($"line {expression.Line}, {lines[expression.Line - 1].Trim()} gave {string.Join(", ", dtypes)}; the flow says {possible}");
            }
        }

        output.WriteLine($"{count} expressions, {executed} executed, of which the flow tells {told}");
        Assert.True(faults.Count == 0, string.Join('\n', faults) + "\n" + text);
        Assert.True(executed > 0.4 * count, $"Of {count} expressions only {executed} were executed");
        Assert.True(told > 0.4 * executed, $"Of {executed} executed expressions only {told} were told");
    }
}
