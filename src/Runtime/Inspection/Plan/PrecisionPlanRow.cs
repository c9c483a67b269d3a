namespace Precision.Inspection;

/// <summary>What one module of a model runs in.</summary>
/// <param name="Path">Its name in <c>named_modules()</c>; empty for the model itself.</param>
/// <param name="Module">Its class.</param>
/// <param name="Cuda">The dtype that it computes in on a GPU, or what decides it.</param>
/// <param name="Cpu">The same on a CPU.</param>
/// <param name="Why">What decides that: a list of autocast's, an attribute, a policy.</param>
/// <param name="Parameters">The dtypes that its own parameters are stored in; empty where it has none.</param>
/// <param name="Storage">Why they are; empty where it has none.</param>
public sealed record PrecisionPlanRow(string Path, string Module, string Cuda, string Cpu, string Why, string Parameters, string Storage);
