using static TorchSharp.torch;

namespace Precision.Training.Benchmarks.Model;

/// <summary>What the benchmark asks of both ways to write the model.</summary>
internal interface ILanguageModel : IMixedPrecisionModule
{
    /// <summary>The dtype that the loss was computed from in the last forward.</summary>
    ScalarType LogitsDtype { get; }
}
