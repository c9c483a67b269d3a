using System.Reflection;

namespace Precision;

/// <summary>What a model computes in, stores its parameters in and returns.</summary>
/// <param name="Compute">The dtype of matrix products, convolutions and attention; <see cref="Dtype.Float32"/> turns mixed
/// precision off.</param>
/// <param name="Parameters"><see cref="Dtype.Float32"/>, or the compute dtype with float32 masters beside the parameters.</param>
/// <param name="Output">What floating results are cast to; unspecified as in <see cref="MixedPrecisionAttribute.Output"/>.</param>
/// <param name="Autocast">False for true 16-bit: no autocast, everything runs in the compute dtype.</param>
public sealed record PrecisionPolicy(
    Dtype Compute,
    Dtype Parameters = Dtype.Float32,
    Dtype Output = Dtype.Unspecified,
    bool Autocast = true)
{
    /// <summary>Everything in float32, as if the class had no attribute.</summary>
    public static PrecisionPolicy Float32 { get; } = new(Dtype.Float32);

    /// <summary>What the attribute of a module class says: the policy that its instances start with.</summary>
    /// <param name="moduleClass">A class with <see cref="MixedPrecisionAttribute"/>.</param>
    /// <exception cref="ArgumentException">The class has no such attribute.</exception>
    public static PrecisionPolicy DeclaredBy(Type moduleClass)
    {
        ArgumentNullException.ThrowIfNull(moduleClass);
        var attribute = moduleClass.GetCustomAttribute<MixedPrecisionAttribute>(inherit: false)
            ?? throw new ArgumentException(
                $"{moduleClass.FullName} has no [MixedPrecision], so it declares no policy. Annotate it, or give a policy directly.",
                nameof(moduleClass));
        return new PrecisionPolicy(
            attribute.Compute,
            attribute.Parameters is Dtype.Unspecified
                ? PolicyRules.DefaultParameters(attribute.Compute, attribute.Autocast)
                : attribute.Parameters,
            attribute.Output,
            attribute.Autocast).Validated();
    }

    /// <summary>Checks that the parts fit together.</summary>
    /// <returns>This policy.</returns>
    /// <exception cref="ArgumentException">A part is no dtype that can stand there; the message names it and the remedy.</exception>
    public PrecisionPolicy Validated()
    {
        if (PolicyRules.Fault(Compute, Parameters, Output, Autocast) is { } fault)
        {
            throw new ArgumentException(fault + ".");
        }

        return this;
    }
}
