using Microsoft.CodeAnalysis;

namespace Precision.Analyzer.Tests.Architectures;

/// <summary>What is reported about the annotated architectures, line by line.</summary>
internal static class Pins
{
    private const string CpuSoftmax = "the CPU's autocast leaves softmax in 16-bit; on a GPU the interceptor gives it float32";

    private const string TrueSoftmax = "without autocast softmax runs in the class's 16-bit dtype on every device";

    private const string MaskedSoftmax = "the scores are 16-bit, and so is the mask: the generated forward casts floating inputs";

    private const string Spread = "std is on no autocast list: the spread of a batch is 16-bit everywhere";

    private const string TimeEmbedding = "the angles are float32 by their own cast, the layer's weights have the class's dtype: libtorch throws";

    private const string Deviation = "a log variance above 22 overflows Float16; a layer hands it to the helper";

    private const string Pixels = "images minus a float32 mean are float32, the layer's weights have the class's dtype: libtorch throws";

    private const string Scaling = "the products of queries and keys are Float16 in every mode, and infinite above 65504 before they are divided";

    private const string Unscaled = "the program steps a Float16 model by backward and step alone: small gradients are 0";

    private static readonly string[] Regions = ["Dtype.BFloat16", "Dtype.Float16"];

    private static readonly string[] True16Bit = ["Dtype.BFloat16, Autocast = false", "Dtype.Float16, Autocast = false"];

    private static readonly string[] Float16 = ["Dtype.Float16", "Dtype.Float16, Autocast = false"];

    /// <summary>The attributes under which every architecture is judged.</summary>
    public static IEnumerable<string> Annotations => Regions.Concat(True16Bit);

    public static readonly Pin[] All =
    [
        new("BertEncoder", "PRC1001", DiagnosticSeverity.Warning, True16Bit, "var probabilities = dropout.call(functional.softmax(scores, -1));", MaskedSoftmax),
        new("BertEncoder", "PRC1013", DiagnosticSeverity.Warning, Float16, "var scores = matmul(q, k.transpose(-1, -2)) / Math.Sqrt(q.shape[^1]);", Scaling),
        new("Cnn", "PRC2003", DiagnosticSeverity.Warning, Float16, "loss.backward();", Unscaled),
        new("Diffusion", "PRC1009", DiagnosticSeverity.Warning, True16Bit, "embedding = time2.call(functional.silu(time1.call(embedding)));", TimeEmbedding),
        new("Gan", "PRC1002", DiagnosticSeverity.Info, [.. Annotations], "var spread = x.std(0, keepdim: true).mean().expand(x.shape[0], 1);", Spread),
        new("Gan", "PRC2003", DiagnosticSeverity.Warning, Float16, "functional.binary_cross_entropy_with_logits(judged, ones_like(judged)).backward();", Unscaled),
        new("Gan", "PRC2003", DiagnosticSeverity.Warning, Float16, "loss.backward();", Unscaled),
        new("Gpt", "PRC1001", DiagnosticSeverity.Info, Regions, "att = functional.softmax(att, dim: -1);", CpuSoftmax),
        new("Gpt", "PRC1001", DiagnosticSeverity.Warning, True16Bit, "att = functional.softmax(att, dim: -1);", TrueSoftmax),
        new("Gpt", "PRC1013", DiagnosticSeverity.Warning, Float16, "var att = q.matmul(k.transpose(-2, -1)) * (1.0 / Math.Sqrt(C / heads));", Scaling),
        new("Llama", "PRC1013", DiagnosticSeverity.Info, ["Dtype.Float16"], "var scores = matmul(q, k.transpose(2, 3)) / Math.Sqrt(width / heads);", Scaling),
        new("Llama", "PRC1013", DiagnosticSeverity.Warning, ["Dtype.Float16, Autocast = false"], "var scores = matmul(q, k.transpose(2, 3)) / Math.Sqrt(width / heads);", Scaling),
        new("LstmClassifier", "PRC1001", DiagnosticSeverity.Info, Regions, "var weights = functional.softmax(scores, dim: -1);", CpuSoftmax),
        new("LstmClassifier", "PRC1001", DiagnosticSeverity.Warning, True16Bit, "var weights = functional.softmax(scores, dim: -1);", TrueSoftmax),
        new("ResNet", "PRC1009", DiagnosticSeverity.Warning, True16Bit, "x = functional.relu(norm.call(stem.call(x)));", Pixels),
        new("ResNet", "PRC2003", DiagnosticSeverity.Warning, Float16, "output.backward();", Unscaled),
        new("Vae", "PRC1003", DiagnosticSeverity.Info, ["Dtype.Float16"], "var std = exp(0.5 * logvar);", Deviation),
        new("Vae", "PRC1003", DiagnosticSeverity.Warning, ["Dtype.Float16, Autocast = false"], "var std = exp(0.5 * logvar);", Deviation),
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
