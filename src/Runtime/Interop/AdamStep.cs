namespace Precision.Interop;

/// <summary>The numbers of one fused step of Adam or AdamW.</summary>
internal readonly record struct AdamStep(
    double LearningRate, double Beta1, double Beta2, double WeightDecay, double Eps, bool AmsGrad, bool Maximize);
