using System.Reflection;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Which storage rule holds at one place of a model's tree.</summary>
/// <param name="Policy">The policy of the nearest annotated module; null above all of them.</param>
/// <param name="Parameters">The policy's parameter dtype, resolved; Float32 where <paramref name="IsFullPrecision"/>.</param>
/// <param name="IsFullPrecision">Whether a <see cref="FullPrecisionAttribute"/> was passed on the way.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="FullPrecisionMembers">The registered names of the module's members that are marked.</param>
internal sealed record StorageContext(
    PrecisionPolicy? Policy,
    ScalarType Parameters,
    bool IsFullPrecision,
    string Reason,
    IReadOnlySet<string> FullPrecisionMembers)
{
    /// <summary>Above all annotated modules: everything stays as it is.</summary>
    public static StorageContext Unannotated { get; } = new(null, ScalarType.Float32, false, "no annotated class", new HashSet<string>());

    /// <summary>The rule inside a module that is reached under this one.</summary>
    /// <param name="module">The module.</param>
    /// <param name="device">The device on which <see cref="Dtype.Auto"/> resolves.</param>
    public StorageContext Inside(nn.Module module, Device device)
    {
        var type = module.GetType();
        var context = IsFullPrecision
            ? this
            : Float32Attribute(type) is { } attribute
                ? FullPrecision($"[{attribute}] on {type.Name}")
                : module is IMixedPrecisionModule { PrecisionPolicy: var policy }
                    ? new(policy, Resolve(policy, device), false, $"policy of {type.Name}", FullPrecisionMembers)
                    : this;
        return context with { FullPrecisionMembers = MarkedMembers.Of(type) };
    }

    /// <summary>The rule for a member of the module that this rule is for.</summary>
    public StorageContext For(string member)
        => FullPrecisionMembers.Contains(member) && !IsFullPrecision ? FullPrecision($"[FullPrecision] on {member}") : this;

    /// <summary>How a parameter or buffer of a module is stored.</summary>
    public (ScalarType Dtype, string Reason) Of(nn.Module module, string member, Tensor tensor)
    {
        var context = For(member);
        var isParameter = tensor is Parameter;

        // float64, integers and complex numbers are no matter of mixed precision, as autocast leaves them alone.
        if (tensor.dtype is not (ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16))
        {
            return (tensor.dtype, "its dtype is left alone");
        }

        if (context.IsFullPrecision)
        {
            return (ScalarType.Float32, context.Reason);
        }

        if (context.Policy is null)
        {
            return (tensor.dtype, context.Reason);
        }

        if (!isParameter && member.StartsWith("running_", StringComparison.Ordinal))
        {
            return (ScalarType.Float32, "running statistics");
        }

        return isParameter && Float32Parameters.Reason(module, member, context.Policy.Autocast, tensor.device_type) is { } reason
            ? (ScalarType.Float32, reason)
            : (context.Parameters, context.Reason);
    }

    /// <summary>The attribute, in words, by which instances of a class compute in float32; null where none says so.</summary>
    /// <remarks>The attributes are not inherited as .NET sees it, but what the generator wrote for them is.</remarks>
    internal static string? Float32Attribute(Type? type)
    {
        for (; type is not null && type != typeof(nn.Module); type = type.BaseType)
        {
            if (type.IsDefined(typeof(FullPrecisionAttribute), inherit: false))
            {
                return "FullPrecision";
            }

            if (type.GetCustomAttribute<ComputesInAttribute>(inherit: false) is { Compute: Dtype.Float32 })
            {
                return "ComputesIn(Float32)";
            }
        }

        return null;
    }

    private static ScalarType Resolve(PrecisionPolicy policy, Device device)
        => (policy.Parameters is Dtype.Auto ? DtypeResolver.Resolve(device).Dtype : policy.Parameters).ToScalarType();

    private StorageContext FullPrecision(string reason)
        => this with { Parameters = ScalarType.Float32, IsFullPrecision = true, Reason = reason };
}
