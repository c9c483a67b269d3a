using Microsoft.CodeAnalysis;

namespace Precision.Analyzer.Tests.Architectures;

/// <summary>What is reported about the annotated architectures, line by line.</summary>
internal static class Pins
{
    private const string CpuSoftmax = "the CPU's autocast leaves softmax in 16-bit; on a GPU the interceptor gives it float32";

    private static readonly string[] Both = ["Dtype.BFloat16", "Dtype.Float16"];

    public static readonly Pin[] All =
    [
        new("Gpt", "PRC1001", DiagnosticSeverity.Info, Both, "att = functional.softmax(att, dim: -1);", CpuSoftmax),
        new("Gan", "PRC1002", DiagnosticSeverity.Info, Both, "var spread = x.std(0, keepdim: true).mean().expand(x.shape[0], 1);", "std is on no autocast list: the spread of a batch is 16-bit everywhere"),
        new("LstmClassifier", "PRC1001", DiagnosticSeverity.Info, Both, "var weights = functional.softmax(scores, dim: -1);", CpuSoftmax),
    ];
}

/// <summary>One report that is right.</summary>
/// <param name="Architecture">The file.</param>
/// <param name="Rule">The rule's id.</param>
/// <param name="Severity">Its severity there.</param>
/// <param name="Annotations">Under which attributes.</param>
/// <param name="Line">The line as it is written.</param>
/// <param name="Reason">Why it is right.</param>
internal sealed record Pin(
    string Architecture,
    string Rule,
    DiagnosticSeverity Severity,
    string[] Annotations,
    string Line,
    string Reason);
