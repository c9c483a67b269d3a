using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Optim;

/// <summary>What one step of a <see cref="FusedOptimizer"/> does to its gradients.</summary>
/// <param name="Divisor">What they are divided by, in place: one Float32 number; null = nothing.</param>
/// <param name="FoundInf">1 = skip, 0 = do not, read by the device: one Float32 number; null = never skip.</param>
/// <param name="ModelParameters">
/// The 16-bit parameters of masters, by master: a master without a gradient takes that of the model's parameter, and the step
/// writes both. Null = none.
/// </param>
internal readonly record struct StepScaling(
    Tensor? Divisor, Tensor? FoundInf, IReadOnlyDictionary<Parameter, Parameter>? ModelParameters = null);
