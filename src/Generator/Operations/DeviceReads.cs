using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Operations;

/// <summary>
/// Members whose values lie on a device, so that the host waits until the device has computed them. TorchSharp's <c>ToString()</c> is none: it
/// tells shape and dtype.
/// </summary>
internal static class DeviceReads
{
    private static readonly DeclaringType Result = new("Precision.StepResult");

    private static readonly HashSet<string> OfTensors = new(StringComparer.Ordinal)
    {
        "item", "ToScalar", "ToHalf", "ToBFloat16", "ToSingle", "ToDouble", "ToSByte", "ToByte", "ToInt16", "ToInt32", "ToInt64", "ToBoolean",
        "ToComplexFloat32", "ToComplexFloat64", "ToComplex32", "ToComplex64", "is_nonzero", "allclose", "cpu", "print", "str", "jlstr",
        "npstr", "cstr",
    };

    private static readonly string[] Devices = ["Device", "CUDA", "cuda", "MPS", "mps"];

    /// <summary>Whether a text names a device, or what may be one.</summary>
    public static bool NameDevice(string text) => Devices.Any(name => text.IndexOf(name, StringComparison.Ordinal) >= 0);

    /// <summary>The tensor that an operation reads; null where it reads none.</summary>
    public static IOperation? TensorOf(IOperation operation) => operation switch
    {
        IInvocationOperation call when ReadsTensor(call) => call.Receiver(),
        IConversionOperation { OperatorMethod: { } method, Operand: var operand } when Of(method, operand) => operand,
        _ => null,
    };

    /// <summary>Whether a property tells what a step did, as numbers that nothing needs for the next step.</summary>
    public static bool IsNumberOfStep(IPropertySymbol property)
        => (property.Name is "LossScale" or "GradientNorm" && IsResult(property.ContainingType))
            || (property.Name is "SkippedSteps" && TrainingMembers.IsTraining(property.ContainingType));

    /// <summary>Whether a member tells whether a step was skipped, or the scale, on which the next call may depend.</summary>
    public static bool IsAnswerOfStep(ISymbol member)
        => (member.Name is "Applied" or "Outcome" && IsResult(member.ContainingType))
            || (member.Name is "WasSkipped" or "get_scale" && TrainingMembers.IsScaler(member.ContainingType));

    /// <summary>Whether a tensor is made on the CPU, or copied to it.</summary>
    public static bool IsMadeOnCpu(IInvocationOperation call)
        => IsToCpu(call)
            || (call.TargetMethod is { IsStatic: true } method && method.IsTorchSharps() && Factory.Find(method.Name) is { Kind: not FactoryKind.Like }
                && call.Arguments.All(static argument => argument.Parameter?.Type.Name is not "Device"
                    || argument.ArgumentKind is ArgumentKind.DefaultValue || IsCpu(argument.Value))
                && call.Arguments.All(static argument => argument.Parameter?.Type.IsTensor() is not true));

    /// <summary>Whether a method hands a tensor to another device.</summary>
    public static bool Moves(IMethodSymbol method) => method.Name is "to" or "cuda" or "mps";

    private static bool ReadsTensor(IInvocationOperation call) => call.TargetMethod switch
    {
        { Name: "to" } => IsToCpu(call),
        { Name: "ToString" or "Equals" } method => method.ContainingType.IsTensor() && !method.IsOverride && !IsMetadata(call),
        var method => OfTensors.Contains(method.Name)
            && (method.ContainingType.IsTensor() || (method.IsTorchSharps() && call.Receiver()?.Type?.IsTensorOrDerived() is true)),
    };

    private static bool Of(IMethodSymbol conversion, IOperation operand)
        => conversion.ContainingType.IsTensor() && operand.Type?.IsTensorOrDerived() is true && conversion.ReturnType.IsValueType;

    private static bool IsToCpu(IInvocationOperation call)
        => call.TargetMethod is { Name: "cpu" or "to" } method && method.ContainingType.IsTensor()
            && (method.Name == "cpu" || call.Arguments.Any(static argument => IsCpu(argument.Value)));

    private static bool IsCpu(IOperation device)
        => device.WithoutConversions() is IFieldReferenceOperation { Field.Name: "CPU" }
            or { ConstantValue: { HasValue: true, Value: "cpu" } };

    private static bool IsMetadata(IInvocationOperation call)
        => call.Arguments.Any(static argument => argument.Value.WithoutConversions() is IFieldReferenceOperation { Field.Name: "Metadata" });

    private static bool IsResult(ITypeSymbol type) => type is INamedTypeSymbol { Name: "StepResult" } named && Result.Is(named);
}
