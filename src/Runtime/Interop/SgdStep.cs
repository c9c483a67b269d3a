namespace Precision.Interop;

/// <summary>The numbers of one fused step of SGD.</summary>
internal readonly record struct SgdStep(
    double LearningRate, double Momentum, double Dampening, double WeightDecay, bool Nesterov, bool Maximize);
