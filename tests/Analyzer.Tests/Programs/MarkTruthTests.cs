using Precision.Analyzer.Tests.Infrastructure;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Programs;

/// <summary>The marks of the program against libtorch, so that no rule is built to satisfy a mark that is wrong.</summary>
[Collection(LibTorch.Collection)]
public class MarkTruthTests
{
    /// <summary>For rules that a dtype alone decides: the members that they are about, and the dtypes that are a fault.</summary>
    private static readonly (string Id, string[] Members, ScalarType[] Dtypes)[] Rules =
    [
        ("PRC1001", ["softmax", "log_softmax"], [ScalarType.Float16, ScalarType.BFloat16]),
        ("PRC1002", ["sum", "prod", "cumsum", "cumprod", "norm", "std", "var"], [ScalarType.Float16, ScalarType.BFloat16]),
        ("PRC1003", ["exp", "pow", "square"], [ScalarType.Float16]),
        ("PRC1005", ["mse_loss", "smooth_l1_loss", "cross_entropy", "BCEWithLogitsLoss"], [ScalarType.Float16, ScalarType.BFloat16]),
        ("PRC1008", ["op_Addition", "normalize", "cosine_similarity"], [ScalarType.Float16]),
    ];

    private static readonly MarkedSource Source = MarkedSource.Folder("Sources");

    [Theory]
    [MemberData(nameof(Mode.Names), MemberType = typeof(Mode))]
    public async Task What_is_marked_is_16_bit_on_the_CPU_and_what_is_not_marked_is_not(string name)
    {
        var mode = Mode.Of(name);
        var seen = await WitnessedProgram.Run(Source.In(mode));
        var faults = new List<string>();
        foreach (var (id, members, dtypes) in Rules)
        {
            var marked = Source.Marks.Where(mark => mark.Id == id && mark.Modes.Contains(name)).Select(static mark => (mark.File, mark.Line)).ToHashSet();
            foreach (var place in marked)
            {
                var given = seen[place].Where(value => members.Contains(value.Member)).Select(static value => value.Dtype).Distinct().ToArray();
                if (!given.Any(dtypes.Contains))
                {
                    faults.Add($"marked, but gave [{string.Join(", ", given)}]:{Source.Describe((place.File, place.Line, id))}");
                }
            }

            if (id == "PRC1008")
            {
                continue; // of sums only those with a small number are faults
            }

            faults.AddRange(seen
                .Where(line => !marked.Contains(line.Key) && line.Any(value => members.Contains(value.Member) && dtypes.Contains(value.Dtype)))
                .Where(line => !IsExcused(line.Key, id))
                .Select(line => $"not marked, but in 16-bit:{Source.Describe((line.Key.File, line.Key.Line, id))}"));
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>A line that names its dtype is another rule's, and one whose comment says so stays small by the way it is written.</summary>
    private static bool IsExcused((int File, int Line) place, string id)
    {
        var line = Source.Texts[place.File].Split('\n')[place.Line];
        return line.EndsWith("// bounded", StringComparison.Ordinal)
            || (id == "PRC1001" && Source.Marks.Any(mark => (mark.File, mark.Line) == place && mark.Id == "PRC1016"));
    }
}
