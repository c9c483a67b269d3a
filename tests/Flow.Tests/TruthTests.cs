using Precision.Flow.Tests.Infrastructure;
using Precision.Generator.Flow.Values;
using Precision.Generator.Tests.Infrastructure;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Precision.Flow.Tests;

/// <summary>The flow against libtorch: programs that are analysed and executed.</summary>
public class TruthTests(ITestOutputHelper output)
{
    public static readonly string[] Programs = ["Casts", "Factories", "Promotions", "Operations", "ControlFlow", "Values", "Regions", "Models", "Angles", "Holding", "Records", "RecordInputs", "Functions", "Lists"];

    /// <summary>What <c>Lists.cs</c> is about, beside its attributes. No other program uses these members.</summary>
    private static readonly ConfigOptions Listed = new(
        ("precision_computes_in_float32", "TorchSharp.torch.special.i0"),
        ("precision_computes_in_lower_precision", "TorchSharp.torch.Tensor.cumprod, TorchSharp.Modules.Softplus"));

    [Fact]
    public void Every_claim_is_what_the_CPU_gives() => AssertTrue(CPU, Devices.Cpu);

    [SkippableFact]
    public void Every_claim_is_what_CUDA_gives()
    {
        Skip.IfNot(cuda.is_available(), "This machine has no CUDA GPU.");
        AssertTrue(CUDA, Devices.Cuda);
    }

    private void AssertTrue(Device device, Devices kind)
    {
        var truth = Truth.Of(Programs.Select(name => (name + ".cs", Truth.Program(name + ".cs"))), Listed);
        var (faults, missed, count, plain) = (new List<string>(), new List<string>(), 0, 0);
        foreach (var program in Programs)
        {
            var seen = truth.Execute(program, device);
            foreach (var (expression, fact) in truth.Analyse(program + ".cs"))
            {
                var dtypes = seen[(expression.File, expression.Line)].Select(static seen => seen.Dtype).Distinct().ToList();
                if (dtypes.Count == 0)
                {
                    // CUDA refuses what the programs then leave out; the CPU runs them all.
                    if (kind is Devices.Cpu)
                    {
                        faults.Add($"{expression} was not executed");
                    }

                    continue;
                }

                count++;
                plain += expression.IsPlain ? 1 : 0;
                var possible = fact.Values.Where(value => value.Scenario.Devices.HasFlag(kind)).Aggregate(Dtypes.None, (union, value) => union | value.Dtype.Dtypes);
                possible = possible is Dtypes.None ? Dtypes.Any : possible;
                if (dtypes.Any(dtype => !possible.HasFlag(DtypesExtensions.OfScalarType((int)dtype))))
                {
                    faults.Add($"{expression} gave {string.Join(", ", dtypes)}; the flow says {possible}");
                }
                else if (possible.IsOne() ? expression.IsMissed && kind is Devices.Cpu : expression.IsPlain)
                {
                    missed.Add($"{expression} gave {string.Join(", ", dtypes)}; the flow says {possible}");
                }
            }
        }

        output.WriteLine($"{count} expressions, {plain} that the flow tells");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.True(count >= 150);

        // The programs say what is told on a CPU.
        Assert.True(missed.Count <= (kind is Devices.Cpu ? 0 : 0.1 * plain), string.Join('\n', missed));
    }
}
