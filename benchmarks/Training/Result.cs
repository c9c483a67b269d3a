namespace Precision.Training.Benchmarks;

/// <summary>What was measured of one mode: one line of the output, with the names of the Python side.</summary>
internal sealed record Result(
    string Side,
    string Mode,
    double Milliseconds,
    IReadOnlyList<double> Rounds,
    double HostMilliseconds,
    long PeakBytes,
    IReadOnlyList<float> Losses,
    double? LossScale,
    long SkippedSteps,
    IReadOnlyDictionary<string, object> Contract);
